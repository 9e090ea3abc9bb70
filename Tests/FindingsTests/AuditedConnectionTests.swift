import Findings
import KernelView
import PacketWire
import Testing

/// What an audit makes of sockets.
@Suite struct AuditedConnectionTests {
  static let details = TCPDetails(
    retransmissionTimeout: 0.204, doublings: 0, roundTrip: 0.001, roundTripDeviation: 0.0005, sinceDataSent: 30,
    sinceReceived: 30, unsent: 0, peerWindow: 65_536)

  static func end(_ host: UInt32, _ port: UInt16) -> SocketAddress {
    SocketAddress(address: IPAddress(ipv4: 0x0a00_0000 | host), port: port)
  }

  static func socket(
    _ local: SocketAddress = end(1, 40_000), _ remote: SocketAddress = end(2, 5432), state: String = "ESTAB",
    timer: SocketState.Timer = .none, expiresIn: Double = 0, unanswered: Int = 0, unacknowledged: Int = 0,
    inode: UInt64 = 7, details: TCPDetails = details
  ) -> SocketState {
    SocketState(
      local: local, remote: remote, state: state, timer: timer, expiresIn: expiresIn, unanswered: unanswered, unread: 0,
      unacknowledged: unacknowledged, user: 1000, inode: inode, details: details)
  }

  static func observed(
    _ socket: SocketState, _ settings: SocketSettings? = nil, name: String = "api", process: Int32 = 12,
    isIncoming: Bool = false
  ) -> ObservedSocket {
    let place = AuditedConnection.Place(number: 1, name: nil, isOwn: true)
    var observed = ObservedSocket(
      socket: socket, namespace: place, parameters: TCPParameters(), isIncoming: isIncoming)
    observed.owners = [SocketOwner(process: process, descriptor: 3, name: name)]
    observed.reading = settings.map { .read($0) } ?? .isRefused(KernelRefusal(code: 1))
    return observed
  }

  static func audit(_ sockets: [ObservedSocket]) -> Audit {
    Audit(sockets, reach: Audit.Reach(), parameters: TCPParameters())
  }

  static let probed = SocketSettings(keepalive: true, idle: 60, interval: 10, count: 6, userTimeout: nil)
  static let silent = SocketSettings(keepalive: false, idle: 7200, interval: 75, count: 9, userTimeout: nil)

  @Test("Options decide when a dead peer is noticed; without them the timer tells whether keepalive is on")
  func notices() {
    let keepalive = Self.socket(timer: .keepalive, expiresIn: 99)
    let cases: [(ObservedSocket, Notice)] = [
      (Self.observed(Self.socket(), Self.probed), .after(120)),
      (Self.observed(Self.socket(), Self.silent), .never),
      (Self.observed(keepalive, nil), .notBefore(99)),
      (Self.observed(Self.socket(), nil), .never),
      (Self.observed(Self.socket(timer: .retransmission), nil), .unknown),
      (Self.observed(Self.socket(state: "SYN-SENT", timer: .none), nil), .unknown),
    ]
    for (socket, notice) in cases { #expect(Self.audit([socket]).connections.first?.notice == notice) }
  }

  @Test("Sockets that no descriptor leads to are counted by who has them, and are no connections")
  func holders() {
    let states = ["TIME-WAIT", "SYN-RECV", "ESTAB", "CLOSE-WAIT", "FIN-WAIT-2", "LAST-ACK"]
    var sockets = states.map { Self.observed(Self.socket(state: $0, inode: 0)) }
    for index in sockets.indices { sockets[index].owners = [] }
    let audit = Self.audit(sockets)
    #expect(audit.connections.isEmpty)
    #expect(
      audit.withoutDescriptor == [.timeWait: 1, .handshake: 1, .acceptQueue: 2, .orphan: 2])
  }

  @Test("A connection of no process that is seen is one all the same, judged by its timer; why is said")
  func unseen() {
    var socket = Self.observed(Self.socket())
    (socket.owners, socket.reading) = ([], nil)
    var reach = Audit.Reach()
    let problem = { Audit([socket], reach: reach, parameters: TCPParameters()).connections.first?.problem }
    #expect(problem() == .unseenProcess)
    reach.seesAllProcesses = false
    #expect(problem() == .foreignProcess)
    reach.helperFailure = "It has ended."
    #expect(problem() == .helperFailed)
    #expect(Self.audit([socket]).neverNoticed.count == 1)
  }

  @Test("A socket that was closed while it was read is left out, and is no error")
  func gone() {
    var socket = Self.observed(Self.socket())
    socket.reading = .isGone
    let audit = Self.audit([socket])
    #expect(audit.connections.isEmpty && audit.problems.isEmpty)
  }

  @Test("What is unanswered for a second hangs; what was sent just now does not")
  func hangs() {
    let probing = Self.socket(timer: .keepalive, expiresIn: 4, unanswered: 2)
    let hang = Self.audit([Self.observed(probing, Self.probed)]).hanging.first?.hang
    #expect(hang?.kind == .unansweredProbes)
    #expect(hang?.givesUpIn == 44...44)

    let sending = Self.socket(timer: .retransmission, expiresIn: 1, unanswered: 3, unacknowledged: 61)
    #expect(Self.audit([Self.observed(sending, Self.probed)]).hanging.first?.hang?.kind == .unacknowledgedData)
    // Without the options TCP_USER_TIMEOUT is not known, and so not when the kernel gives up.
    #expect(Self.audit([Self.observed(sending, nil)]).hanging.first?.hang?.givesUpIn == nil)

    let heard = TCPDetails(
      retransmissionTimeout: 0.2, doublings: 0, roundTrip: 0.001, roundTripDeviation: 0, sinceDataSent: 0.3,
      sinceReceived: 0.3, unsent: 0, peerWindow: nil)
    let young = Self.socket(timer: .retransmission, expiresIn: 1, unanswered: 2, details: heard)
    let single = Self.socket(timer: .retransmission, expiresIn: 1, unanswered: 1)
    #expect(Self.audit([Self.observed(young), Self.observed(single)]).hanging.isEmpty)
  }

  @Test("A window that is closed for ten seconds hangs, a shorter one does not")
  func closedWindow() {
    let blocked = Self.socket(timer: .windowProbe, expiresIn: 1, unacknowledged: 900)
    #expect(Self.audit([Self.observed(blocked)]).hanging.first?.hang?.kind == .closedWindow)
    let recent = TCPDetails(
      retransmissionTimeout: 0.2, doublings: 0, roundTrip: 0.001, roundTripDeviation: 0, sinceDataSent: 9,
      sinceReceived: 0, unsent: 900, peerWindow: 0)
    #expect(Self.audit([Self.observed(Self.socket(timer: .windowProbe, details: recent))]).hanging.isEmpty)
  }

  @Test("Groups have one program, one end of service and the same options; the worst stand first")
  func groups() {
    let sockets =
      (0..<3).map { Self.observed(Self.socket(Self.end(1, 40_000 + $0)), Self.probed) }
      + [Self.observed(Self.socket(Self.end(1, 41_000)), Self.silent)]
      + [Self.observed(Self.socket(Self.end(1, 42_000), Self.end(3, 6379)), Self.probed)]
    let groups = AuditGroup.groups(Self.audit(sockets).connections)
    #expect(groups.map(\.connections.count) == [1, 3, 1])
    #expect(groups.first?.notice == .never)
  }

  @Test("A connection that was redirected is told by its proxy, and judged by the proxy's own connection")
  func redirected() {
    let asked = Self.end(7, 3306)
    let own = Self.observed(Self.socket(Self.end(1, 50_000), asked), Self.silent, name: "shop")
    let accepted = Self.observed(
      Self.socket(Self.end(1, 15_001), Self.end(1, 50_000)), Self.silent, name: "envoy", process: 912, isIncoming: true)
    let onward = Self.observed(
      Self.socket(Self.end(1, 50_100), asked), Self.probed, name: "envoy", process: 912)
    let audit = Self.audit([own, accepted, onward])
    let peers = audit.connections.map(\.peer)
    #expect(peers[0]?.owner?.name == "envoy" && peers[0]?.isRedirected == true && peers[0]?.onward == .after(120))
    #expect(peers[1] == nil && peers[2] == nil)
  }

  @Test("Many connections to one server on this host each find their own peer")
  func localPeers() {
    let server = Self.end(1, 5432)
    let sockets = (0..<4).flatMap { index -> [ObservedSocket] in
      let client = Self.end(1, 40_000 + UInt16(index))
      return [
        Self.observed(Self.socket(client, server), Self.probed, name: "client", process: Int32(100 + index)),
        Self.observed(Self.socket(server, client), Self.silent, name: "server", process: 9, isIncoming: true),
      ]
    }
    for connection in Self.audit(sockets).connections {
      let isClient = connection.socket.remote == server
      #expect(connection.peer?.owner?.name == (isClient ? "server" : "client"))
      #expect(connection.peer?.isRedirected == false)
    }
  }

  @Test(
    "A box forgets what may be silent as long as it waits, timers' lateness included; probes do not help at a proxy")
  func thresholds() throws {
    let effect = { (box: String, settings: SocketSettings) -> PathThreshold.Effect? in
      let connection = Self.audit([Self.observed(Self.socket(), settings)]).connections.first
      return connection.flatMap { PathThreshold(named: box)?.effect(on: $0) }
    }
    let late = SocketSettings(keepalive: true, idle: 349, interval: 10, count: 3, userTimeout: nil)
    #expect(effect("aws-nlb", Self.probed) == PathThreshold.Effect.none)
    #expect(effect("aws-nlb", Self.silent) == .forgotten)
    #expect(effect("aws-nlb", late) == .forgotten)
    #expect(effect("aws-alb", Self.probed) == .closed)
    #expect(effect("no-such-box", Self.probed) == nil)
    #expect(Set(PathBox.known.map(\.word)).count == PathBox.known.map(\.word).count)
  }
}
