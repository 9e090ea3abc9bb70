import ApplicationLog
import Findings
import PacketWire

/// A row of a program's time line: one thing that happened, at one time.
struct ProgramRow {
  enum Kind {
    /// A segment that begins something, and what answers it at once.
    case packets
    case probe
    case windowProbe
    case giveUp
    /// A call without packets of its own.
    case call
    /// Something that was done to a program or a host.
    case note
    /// What the kernel's socket table said.
    case socket
    /// What became known later, or an ICMP error.
    case remark
  }

  var kind: Kind
  var time: Int64
  var program = ""
  var kernel = ""
  var frames: [Int] = []
  /// Whether anything may still be added.
  var isOpen: Bool
  /// The two ends of the segment that began it.
  var source: SocketAddress?
  var destination: SocketAddress?
  /// The calls that may go with it, and on which end's socket.
  var expects: [(action: ApplicationCall.Action, local: SocketAddress)] = []
  /// Which of a run of probes without an answer it is, from 1.
  var probeNumber = 0
  /// Whether its sender had a probe answered before.
  var followsAnswer = false
  /// Which way a probe goes.
  var arrow = ""
  /// Whether its sender's TCP_KEEPCNT is the one that is known.
  var isOfKnownProber = false
  /// How a probe was answered, and how long after it, in seconds.
  var answer: (text: String, delay: Double?)?
  /// The call, where it has one.
  var call: ApplicationCall?
  /// Octets of its first segment.
  var octets = 0
  /// Whether it is never folded: a segment of it opens or ends the connection (SYN, FIN, RST), or the socket table tells of probes
  /// without an answer.
  var isKept = false
}

extension ProgramRow {
  /// Whether it may be folded with others: not what a story is told for.
  var isFoldable: Bool {
    guard !isKept, !(call?.isDecisive ?? false) else { return false }
    switch kind {
    // One that follows an unanswered one is of a run that may end it, though an answer to it was captured.
    case .probe: return answer != nil && probeNumber == 1
    case .packets, .windowProbe, .call, .socket: return true
    case .giveUp, .note, .remark: return false
    }
  }

  /// Whether it is the same call with the same outcome.
  func repeats(_ other: ProgramRow) -> Bool {
    guard kind == .call, other.kind == .call, let call, let before = other.call else { return false }
    return call.call == before.call && call.error == before.error && call.text == before.text
      && call.process == before.process && call.result == before.result && !call.isEvent
  }

  /// How a probe's row ends.
  func answerText(_ style: TextStyle) -> String {
    guard kind == .probe else { return "" }
    return answer?.text ?? (isOpen ? "" : style.red("  no answer"))
  }
}
