import Findings

/// What keepwatch has to say of single frames, as comments in a capture: each begins with "keepwatch: ".
public struct FrameComments: Sendable {
  private struct Probe: Sendable {
    var text: String
    var answer: String?
  }

  private var probes: [Int: Probe] = [:]
  private var others: [Int: String] = [:]

  /// No comments.
  public init() {}

  /// Takes an event of the annotated file.
  public mutating func note(_ event: KeepaliveEvent) {
    switch event.kind {
    case .probe(let probe):
      let isSilence = probe.silence ?? probe.silenceAtLeast ?? 0 > 0
      let silence = EventText.silence(probe) + (isSilence ? " of silence" : "")
      probes[event.frame] = Probe(text: "probe \(probe.unansweredBefore + 1)\(EventText.doubt(probe)), \(silence)")
    case .answer(let answer):
      switch answer.form {
      case .ack:
        others[event.frame] =
          "answer to the probe in frame \(answer.probe)\(EventText.doubt(answer)), \(EventText.delay(answer))\(EventText.acceptance(answer))"
      case .reset:
        others[event.frame] =
          "reset in answer to the probe in frame \(answer.probe)\(EventText.doubt(answer)): its sender does not know the "
          + "connection"
      case .data: others[event.frame] = "data after the probe in frame \(answer.probe): the other end is there"
      }
      probes[answer.probe]?.answer =
        answer.form == .ack
        ? "answered \(EventText.delay(answer)) by frame \(event.frame)" : "ended by frame \(event.frame)"
    case .giveUp(let giveUp):
      others[event.frame] =
        "give-up of the prober's kernel after \(counted(giveUp.unanswered, "unanswered probe"))"
        + EventText.doubt(giveUp)
    case .windowProbe(let isCertain):
      others[event.frame] = "window probe, no keepalive" + (isCertain ? "" : " (or one: they look the same)")
    case .quotedError(let error):
      others[event.frame] = "\(EventText.quotedError(error)). \(EventText.meaning(error))"
    case .ignored(let ignored): others[event.frame] = EventText.ignored(ignored)
    }
  }

  /// The comment on a frame; `nil` where there is nothing to say.
  public func text(frame: Int) -> String? {
    if let probe = probes[frame] { return "keepwatch: \(probe.text), \(probe.answer ?? "no answer captured")" }
    return others[frame].map { "keepwatch: \($0)" }
  }
}
