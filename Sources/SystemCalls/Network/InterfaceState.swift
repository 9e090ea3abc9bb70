import CLinux
import Glibc

/// Whether packets can come from an interface.
public enum InterfaceState: Sendable {
  /// It is up.
  case up
  /// It is up, but nothing is connected to it: no cable, or the other end is down (IFF_RUNNING).
  case withoutCarrier
  /// It was taken down (IFF_UP).
  case down
  /// There is none of that number any more.
  case gone

  /// The state of the interface with a number (if_nametoindex(3)), whatever its name is now.
  public init(index: UInt32) {
    let flags = linux_interface_flags(index)
    if flags < 0 {
      self = .gone
    } else if flags & Int32(IFF_UP) == 0 {
      self = .down
    } else {
      self = flags & Int32(IFF_RUNNING) == 0 ? .withoutCarrier : .up
    }
  }

  /// The number of the interface called `name`; 0 where there is none, and for `any`.
  public static func index(of name: String) -> UInt32 { unsafe if_nametoindex(name) }
}
