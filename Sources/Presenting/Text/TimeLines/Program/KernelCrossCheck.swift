import Findings
import KernelView

/// What this host's kernel counted while a program ran, beside what was captured of the program, with what explains a difference.
struct KernelCrossCheck {
  private let counters: TCPCounters?
  private let dropped: Int
  private let captured: EventTally
  private let ownProbes: Int
  private let ownGiveUps: Int

  /// A check of what was captured, of which some connections are the program's.
  init(_ findings: CaptureFindings, connections: [ConnectionReport]) {
    counters = findings.source.host?.counters
    dropped = findings.source.dropped ?? 0
    captured = findings.tally
    let probers = connections.flatMap(\.probers)
    ownProbes = probers.reduce(0) { $0 + $1.probes }
    ownGiveUps = probers.count { $0.giveUp != nil }
  }

  /// The lines; none where the kernel counted nothing of keepalive.
  func lines(_ style: TextStyle) -> [String] {
    guard let counters, counters.keepaliveProbes + counters.abortsOnTimeout > 0 || ownProbes > 0 else { return [] }
    let text =
      "This host's kernel counted, of all its connections, TcpExtTCPKeepAlive +\(counters.keepaliveProbes) and "
      + "TcpExtTCPAbortOnTimeout +\(counters.abortsOnTimeout). Captured of the program's connections: "
      + "\(counted(ownProbes, "probe")) and \(counted(ownGiveUps, "give-up")), of both ends."
    return DemoText.paragraph("Cross-check", ([text] + explanations(counters)).joined(separator: " "), style)
  }

  private func explanations(_ counters: TCPCounters) -> [String] {
    var sentences: [String] = []
    let others = captured.probes - ownProbes
    if others > 0 {
      sentences.append("\(counted(others, "probe")) of other connections \(others == 1 ? "was" : "were") captured.")
    }
    let unseen = counters.keepaliveProbes - captured.probes
    if unseen > 0 {
      sentences.append(
        dropped > 0
          ? "The capture lost \(counted(dropped, "packet")): the other \(counted(unseen, "probe")) may be among them."
          : "\(counted(unseen, "probe")) the kernel counted and nobody saw: a probe is counted before it is handed to the "
            + "interface. It went over another one, or never left this host.")
    }
    if counters.keepaliveProbes < captured.probes {
      sentences.append("The others were sent by other hosts, or other network namespaces.")
    }
    if counters.abortsOnTimeout > captured.giveUps {
      sentences.append("A give-up on unacknowledged data sends no reset, and one whose reset cannot leave shows none.")
    }
    return sentences
  }
}
