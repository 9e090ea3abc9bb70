import Demo
import Findings
import KernelView
import PacketWire
import Presenting
import Testing

/// What is told of this host beside packets, from values as its kernel gives them.
extension ExpectedTests {
  private static let now: Int64 = 1_764_083_885_000_000_000

  private static func end(_ text: String) -> SocketAddress {
    SocketAddress(text: text) ?? SocketAddress(address: IPAddress(ipv4: 0), port: 0)
  }

  private static let sockets = [
    SocketState(
      local: end("10.0.0.5:44310"), remote: end("10.0.9.8:5432"), state: "ESTAB", timer: .keepalive, expiresIn: 7190.5,
      unanswered: 0, inode: 11),
    SocketState(
      local: end("[::1]:51200"), remote: end("[::1]:6379"), state: "ESTAB", timer: .keepalive, expiresIn: 0.4,
      unanswered: 2, inode: 12),
    SocketState(
      local: end("10.0.0.5:44311"), remote: end("10.0.9.8:5432"), state: "ESTAB", timer: .windowProbe, expiresIn: 12,
      unanswered: 1),
    SocketState(
      local: end("10.0.0.5:44312"), remote: end("10.0.9.8:5432"), state: "CLOSE-WAIT", timer: .none, expiresIn: 0,
      unanswered: 0),
  ]

  @Test("Sockets with keepalive armed, and what the kernel's table says of a socket")
  func sockets() throws {
    let style = TextStyle(hasColour: false, isASCII: false)
    let place = AuditedConnection.Place(number: 1, name: nil, isOwn: true)
    var observed = Self.sockets.filter { $0.timer == .keepalive }.map {
      ObservedSocket(socket: $0, namespace: place, parameters: TCPParameters(), isIncoming: false)
    }
    observed[0].owners = [SocketOwner(process: 2211, descriptor: 7, name: "api")]
    observed[0].reading = .read(
      SocketSettings(keepalive: true, idle: 7200, interval: 75, count: 9, userTimeout: 120))
    let armed = ArmedTimersText(style: style, zone: .utc).lines(
      Audit(observed, reach: Audit.Reach(), parameters: TCPParameters()).connections, now: Self.now)
    try check(RenderedCapture.text(armed + Self.sockets.map(\.text), style), "sockets.txt")
  }

  @Test("What this host's kernel counted, beside what was captured")
  func kernel() throws {
    let style = TextStyle(hasColour: false, isASCII: false)
    let tally = try RenderedCapture("silent-peer").findings.tally
    let lines = [(3, 0, 1, 0), (5, 2, 1, 0), (5, 0, 1, 12), (0, 0, 0, 0)].flatMap {
      probes, windowProbes, aborts, dropped in
      KernelCountsText.lines(
        TCPCounters(keepaliveProbes: probes, windowProbes: windowProbes, abortsOnTimeout: aborts), tally,
        dropped: dropped, style: style)
    }
    try check(RenderedCapture.text(lines, style), "kernel.txt")
  }

  @Test("Why a filter matched nothing")
  func emptyFilter() throws {
    let style = TextStyle(hasColour: false, isASCII: false)
    let filters = [
      EmptyFilter(expression: "port 1", packets: 11, packetsWithTag: 11, inapplicable: [:]),
      EmptyFilter(
        expression: "ether host 1", packets: 1200, packetsWithTag: 3,
        inapplicable: [LinkType(rawValue: 101): "no Ethernet header"]),
    ]
    try check(RenderedCapture.text(filters.map(EmptyFilterText.line), style), "empty-filter.txt")
  }

  @Test("What stands above a demo, of each scenario, and below one")
  func demo() throws {
    let style = TextStyle(hasColour: false, isASCII: false)
    let heads = DemoScenario.all.flatMap { scenario in
      let settings = scenario.settings(idle: nil, interval: nil, count: nil, userTimeout: nil)
      return DemoText.head(scenario, settings, isPrivate: true, style: style)
    }
    let findings = try RenderedCapture("silent-peer").findings
    let outcome = DemoOutcome(
      connections: findings.connections.reports.map { ("client", $0) }, calls: findings.programs.calls.map(\.call),
      tally: findings.tally, kernel: TCPCounters(keepaliveProbes: 3, windowProbes: 0, abortsOnTimeout: 1),
      isPrivate: true, lost: 0, idle: 2, interval: 1)
    let end = DemoText.end(.silentPeer, outcome, style: style) + DemoText.next("scripts/demo", style)
    let row = ["silent-peer", "dead", outcome.programSaw, outcome.wireShowed, DemoScenario.silentPeer.contribution]
    try check(RenderedCapture.text(heads + end + DemoText.table([row], style: style), style), "demo.txt")
  }

  @Test("The screen of live, with a connection's picture, to the terminal's height and width")
  func screen() throws {
    var style = TextStyle(hasColour: false, isASCII: false)
    style.columns = 120
    let capture = try RenderedCapture("situations/tuple-reuse")
    let reports = capture.findings.connections.reports
    let rows = reports.map { LiveScreenText.Row($0, sockets: Array(Self.sockets.prefix($0.number % 3))) }
    let picture = LanesText(style: style, zone: .utc).lines(
      ConnectionFigure(capture.stories.story(reports[0])))
    let lines = LiveScreenText(style: style, zone: .utc).screen(
      title: "keepwatch live on lo", heading: "2 of 2 shown", rows: rows, selected: 1, picture: picture,
      message: "lo is down", shift: 0, height: 24
    ).lines
    #expect(lines.count <= 24)
    try check(RenderedCapture.text(lines, style), "screen.txt")
  }
}
