import ArgumentParser
import Demo
import PacketCapture
import SystemCalls

/// What is asked of a demo.
struct DemoOptions {
  /// What happens.
  let scenario: DemoScenario
  /// Keepalive on the client's socket, as the user asks for it.
  let keepalive: KeepaliveOptions
  /// Whether the two speak IPv6.
  let ipv6: Bool
  /// Whether it has a network of its own.
  let isPrivate: Bool
  /// Whether it ends with its parent, as one of `demo all`.
  let endsWithParent: Bool

  /// Keepalive on the client's socket.
  var settings: KeepaliveSettings { keepalive.settings(for: scenario) }
}

extension DemoOptions {
  /// The demo.
  ///
  /// - Throws: the exit status 77, after a message, where it needs a private network and has none, or may not capture.
  func source(users: Users, saved: OpenedOutput?, log: OpenedOutput?) throws -> DemoSource {
    guard isPrivate || !scenario.script(settings).needsPrivateNetwork else {
      complain(
        "\(scenario.name) needs a private network, which this system does not allow this user: it changes what "
          + "belongs to the whole host. \(PrivateNetwork.advice)")
      throw ExitCode(77)
    }
    var live = LiveOptions(interface: "lo")
    live.filter = "tcp port \(DemoStage.port)"
    let packets = try LivePackets(live, saved: saved) { error in
      isPrivate
        ? error.description
        : "The demo needs a private network, which this system does not allow this user, or the right to capture on "
          + "lo. \(PrivateNetwork.advice) In a container, give that the right: docker run --cap-add=NET_RAW."
    }
    return try DemoSource(self, packets, users: users, log: log)
  }
}
