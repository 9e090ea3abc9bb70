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
    if case .probe = event.kind {
      probes[event.frame] = Probe(text: Self.sentence(event))
    } else {
      others[event.frame] = Self.sentence(event)
    }
    if case .answer(let answer) = event.kind {
      probes[answer.probe]?.answer =
        answer.form == .ack
        ? "answered \(EventText.delay(answer)) by frame \(event.frame)" : "ended by frame \(event.frame)"
    }
  }

  /// What is known of a frame when it is recognised.
  private static func sentence(_ event: KeepaliveEvent) -> String {
    switch event.kind {
    case .probe(let probe):
      let isSilence = probe.silence ?? probe.silenceAtLeast ?? 0 > 0
      let silence = EventText.silence(probe) + (isSilence ? " of silence" : "")
      return "probe \(probe.unansweredBefore + 1)\(EventText.doubt(probe)), \(silence)"
    case .answer(let answer):
      switch answer.form {
      case .ack:
        return
          "answer to the probe in frame \(answer.probe)\(EventText.doubt(answer)), \(EventText.delay(answer))\(EventText.acceptance(answer))"
      case .reset:
        return
          "reset in answer to the probe in frame \(answer.probe)\(EventText.doubt(answer)): its sender does not know the "
          + "connection"
      case .data: return "data after the probe in frame \(answer.probe): the other end is there"
      }
    case .giveUp(let giveUp):
      return
        "give-up of the prober's kernel after \(counted(giveUp.unanswered, "unanswered probe"))"
        + EventText.doubt(giveUp)
    case .windowProbe(let isCertain):
      return "window probe, no keepalive" + (isCertain ? "" : " (or one: they look the same)")
    case .quotedError(let error):
      return "\(EventText.quotedError(error)). \(EventText.meaning(error))"
    case .ignored(let ignored): return EventText.ignored(ignored)
    }
  }

  /// The comment on a frame; `nil` where there is nothing to say.
  public func text(frame: Int) -> String? {
    if let probe = probes[frame] { return "keepwatch: \(probe.text), \(probe.answer ?? "no answer captured")" }
    return others[frame].map { "keepwatch: \($0)" }
  }

  /// The comment on a frame of a stream, with what became known when it came; `nil` where nothing did.
  ///
  /// What became known of an earlier frame, which is written already, stands here and names it.
  public static func text(frame: Int, of news: some Sequence<KeepaliveEvent>) -> String? {
    let sentences = news.map { event in
      "keepwatch: \(event.frame == frame ? "" : "frame \(event.frame) was ")\(sentence(event))"
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
  }
}
