import PacketCapture
import Presenting
import SystemCalls

/// Looks once a second whether an interface is still there and up: of that, no packet tells.
struct InterfaceWatch {
  private static let interval: Int64 = 1_000_000_000

  private let name: String
  /// 0 for what is no interface of its own, as `any`.
  private let index: UInt32
  private var state: InterfaceState
  private var nextLook: Int64 = 0

  /// Looks at the interface called `name`.
  init(_ name: String) {
    self.name = name
    index = InterfaceState.index(of: name)
    state = index == 0 ? .up : InterfaceState(index: index)
  }

  /// What has changed, in words for the user; `nil` where nothing has.
  mutating func news(at time: Int64) -> String? {
    guard time >= nextLook else { return nil }
    nextLook = time + Self.interval
    let before = state
    look()
    guard state != before else { return nil }
    switch state {
    case .up: return "\(name) is up again"
    case .down:
      return
        "\(name) is down: no packet comes until it is up again (sudo ip link set \(name) up); the watch goes on"
    case .withoutCarrier:
      return "\(name) has lost its carrier: look at its cable, or at the other end; the watch goes on"
    case .gone: return nil
    }
  }

  /// Looks now.
  mutating func look() {
    if index != 0 { state = InterfaceState(index: index) }
  }

  /// Why nothing can be watched any more; `nil` where the interface was still there at the last look.
  var end: String? {
    guard state == .gone else { return nil }
    return "\(name) is gone, so the watch has ended; where it comes back, start again, or watch all interfaces: -i any"
  }
}
