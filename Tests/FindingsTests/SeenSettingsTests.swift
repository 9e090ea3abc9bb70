import ApplicationLog
import Findings
import Testing

/// What setsockopt() tells of a connection's settings, whenever and wherever it was called.
@Suite struct SeenSettingsTests {
  static let (own, other) = ("10.0.0.2:1", "10.0.0.1:5")

  static func set(_ text: String, ofSocket socket: String? = nil, error: String? = nil) -> ApplicationCall {
    ApplicationCall(
      time: 0, process: "p", call: "setsockopt", text: text, result: 0, error: error, local: socket == nil ? own : nil,
      remote: socket == nil ? other : nil, socket: socket)
  }

  static func call(_ name: String, _ local: String, _ remote: String? = nil, socket: String? = nil) -> ApplicationCall {
    ApplicationCall(time: 1, process: "p", call: name, result: 0, local: local, remote: remote, socket: socket)
  }

  /// What the last of some calls tells of its connection's settings.
  static func settings(_ calls: ApplicationCall...) -> SeenSettings? {
    var settings = SettingsOfCalls()
    return calls.map { settings.take($0) }.last ?? nil
  }

  @Test("On a connected socket: at once, each option, and what is taken back")
  func connected() throws {
    let options = ["SO_KEEPALIVE", "TCP_KEEPIDLE 60", "TCP_KEEPCNT 3", "TCP_USER_TIMEOUT 5000"].map { Self.set($0) }
    let settings = try #require(Self.settings(options[0], options[1], options[2], options[3]))
    #expect(settings.keepalive == true && settings.idle == 60 && settings.count == 3 && settings.interval == nil)
    // With TCP_USER_TIMEOUT the count decides nothing.
    #expect(settings.userTimeout == 5 && settings.probeLimit == nil)
    let without = try #require(Self.settings(options[0], options[2], options[3], Self.set("TCP_USER_TIMEOUT 0")))
    #expect(without.userTimeout == nil && without.probeLimit == 3)
  }

  @Test("Before connect(): when the socket has its ends; one that failed counts for nothing")
  func beforeConnecting() throws {
    let set = Self.set("SO_KEEPALIVE", ofSocket: "4026")
    let failed = Self.set("TCP_KEEPCNT 300", ofSocket: "4026", error: "EINVAL")
    #expect(Self.settings(set, failed) == nil)
    let settings = try #require(Self.settings(set, failed, Self.call("send", Self.own, Self.other, socket: "4026")))
    #expect(settings.keepalive == true && settings.count == nil && settings.source == .calls)
  }

  @Test(
    "On a listener: of every connection that it accepts, and of no other's",
    arguments: ["0.0.0.0:80", "[::]:80", "10.0.0.2:80"])
  func inherited(listener: String) throws {
    let set = Self.set("SO_KEEPALIVE", ofSocket: "7")
    let listen = Self.call("listen", listener, socket: "7")
    #expect(Self.settings(set, listen) == nil)
    #expect(
      try #require(Self.settings(set, listen, Self.call("accept", "10.0.0.2:80", "10.0.0.9:9"))).keepalive == true)
    #expect(Self.settings(set, listen, Self.call("accept", "10.0.0.2:81", "10.0.0.9:9")) == nil)
  }
}
