import Findings
import KeepaliveAnalysis
import KernelView
import PacketWire
import Presenting
import SystemCalls

/// One JSON object a line, for programs (docs/json.md).
final class JSONPresenter: Presenter {
  private let output: Output
  private let json: JSONReport
  private var start: Int64?

  /// Lines about `files`, named as the user gave them, or about an interface.
  init(_ output: Output, files: [String]) {
    self.output = output
    json = JSONReport(files: files)
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    needs.tellsConnections = true
    return needs
  }

  func begin(_ part: CapturePart) {
    let host = part.interface == nil ? nil : HostName.own
    output.lines {
      json.capture(
        file: part.file, kind: part.kind, linkTypes: part.linkTypes.map(\.name), host: host,
        interface: part.interface, to: &$0)
    }
    // What is watched is known before anything comes.
    output.flush()
  }

  func start(at time: Int64) { start = time }

  func event(_ event: KeepaliveEvent) { output.lines { json.event(event, start: start ?? 0, to: &$0) } }

  func call(_ call: JoinedCall) { output.lines { json.application(call, start: start ?? call.call.time, to: &$0) } }

  func armed(_ connections: [AuditedConnection], at time: Int64) {
    for connection in connections { output.lines { json.socket(connection, forgottenBy: [], time: time, to: &$0) } }
  }

  func socket(_ socket: SocketState, at time: Int64) {
    output.lines { json.socket(socket, time: time, to: &$0) }
  }

  func owned(_ socket: OwnedSocket) { output.lines { json.socket(socket, time: currentTime(), to: &$0) } }

  func note(_ note: Note) {
    switch note {
    case .done(let text, let time): output.lines { json.note(text, time: time, to: &$0) }
    case .dataLeftOut(let isLeftOut, let time): output.lines { json.dataLeftOut(isLeftOut, time: time, to: &$0) }
    case .lastLook: break
    }
  }

  func connection(_ report: ConnectionReport) { output.lines { json.connection(report, start: start ?? 0, to: &$0) } }

  func end(_ findings: CaptureFindings) {
    let source = findings.source
    output.lines { lines in
      for pair in source.shared { json.shared(pair, to: &lines) }
      for step in findings.clockSteps { json.clockStep(step, to: &lines) }
      json.paths(findings.connections.evidence, source.path, to: &lines)
      if let host = source.host { json.kernel(host, to: &lines) }
      json.summary(findings, to: &lines)
    }
  }
}
