import ApplicationLog
import KernelView
import PacketWire

/// A socket of a watched program, as its process's descriptors and the kernel's socket table tell it.
public struct OwnedSocket: Sendable {
  /// What the table says.
  public let socket: SocketState
  /// Which process has it.
  public let owner: SocketOwner
  /// Its options; `nil` where they could not be read.
  public let settings: SocketSettings?
  /// Which process at this host its peer is, where the packet filter has sent the connection there.
  public let proxy: SocketOwner?

  /// A socket from these parts.
  public init(_ socket: SocketState, owner: SocketOwner, settings: SocketSettings?, proxy: SocketOwner?) {
    self.socket = socket
    self.owner = owner
    self.settings = settings
    self.proxy = proxy
  }

  /// Its owner as calls name it: "psql[4711]".
  public var program: String { Self.text(owner) }
  /// The process behind a redirect, named alike.
  public var proxyProgram: String? { proxy.map(Self.text) }

  private static func text(_ owner: SocketOwner) -> String { "\(owner.name.printable)[\(owner.process)]" }
}
