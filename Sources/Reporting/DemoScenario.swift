/// What happens in a demo.
public enum DemoScenario: String, CaseIterable, Sendable {
  /// Every probe is answered.
  case healthy
  /// The server's host goes silent.
  case silentPeer = "silent-peer"
  /// The server is killed.
  case killedServer = "killed-server"

  /// What happens, and the question it asks.
  public var story: [String] {
    switch self {
    case .healthy:
      [
        "After one exchange nothing is said any more. The client's kernel asks now and then",
        "whether the server's is still there. What does either program notice of it?",
      ]
    case .silentPeer:
      [
        "After one exchange the server's host goes deaf, as if its cable were cut.",
        "No FIN and no RST is sent. What does the client program notice, and when?",
      ]
    case .killedServer:
      [
        "After one exchange the server program is killed (SIGKILL). Its kernel lives on.",
        "Does keepalive tell the client? Or is it told by something else?",
      ]
    }
  }
}
