/// One thing that a demo program does, most of them one system call.
public enum PeerStep: Sendable {
  /// Listens, with a receive buffer of so many octets where given (before listen(): the window is cut to it).
  case listen(receiveBuffer: Int?)
  /// Waits for a client.
  case accept
  /// Connects to the server.
  case connect
  /// Turns keepalive on; without settings, with the system's.
  case keepalive(KeepaliveSettings?)
  /// Sends a text.
  case send(String)
  /// Sends so many octets.
  case sendOctets(Int)
  /// Fills the peer's window to its last octet and lets nothing wait to be sent.
  case fillWindow
  /// Waits in recv() once.
  case receive
  /// Waits in recv() until the stream or the connection ends.
  case receiveToEnd
  /// Sends until that fails, twice at most: after a FIN the first send still succeeds, and draws a reset.
  case sendInVain
  /// Ends its direction of the stream.
  case shutdownWriting
  /// Closes the socket.
  case close
  /// Waits until everything sent is acknowledged.
  case waitUntilAcknowledged
  /// Lets its host's kernel hear nothing any more, as if its cable were cut.
  case goDeaf
  /// Lets it hear again.
  case hearAgain
  /// Lets its host's kernel forget the connection, as if it had restarted.
  case loseState
  /// Plays a box on the path for all its clients: once nothing came on a connection for so many seconds, nothing gets through
  /// any more.
  case forgetIdleConnections(after: Int)
  /// Waits for the demo's cue.
  case awaitCue
  /// The server by hand: answers each message until the client is gone; deaf after the first answer where asked.
  case serve(goesDeaf: Bool)

  /// Whether it takes CAP_NET_ADMIN.
  public var changesNetwork: Bool { if case .loseState = self { true } else { false } }
}
