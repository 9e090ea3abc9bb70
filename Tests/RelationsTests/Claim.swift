import KeepaliveAnalysis

/// What keepwatch claims of one frame.
struct Claim: Hashable, CustomStringConvertible {
  enum Kind: String {
    case probe
    case acknowledgment = "answer by an acknowledgment"
    case reset = "answer by a reset"
    case giveUp = "give-up"
    case windowProbe = "window probe"
    /// More than one claim of one frame: always wrong.
    case several
  }

  var kind: Kind
  var isCertain: Bool
  /// Of an answer: the probe.
  var probe: FrameKey?

  var description: String { kind.rawValue + (isCertain ? "" : ", uncertain") }

  /// The claim that an event is; `nil` where it claims nothing graded of its frame (data that ends the doubt, ICMP).
  init?(_ event: KeepaliveEvent) {
    let kind: Kind
    var probe: FrameKey?
    switch event.kind {
    case .probe: kind = .probe
    case .answer(let answer):
      probe = FrameKey(file: answer.probeFile, frame: answer.probe)
      switch answer.form {
      case .ack: kind = .acknowledgment
      case .reset: kind = .reset
      case .data: return nil
      }
    case .giveUp: kind = .giveUp
    case .windowProbe: kind = .windowProbe
    case .quotedError, .ignored: return nil
    }
    self.init(kind: kind, isCertain: event.isCertain, probe: probe)
  }

  private init(kind: Kind, isCertain: Bool, probe: FrameKey? = nil) {
    self.kind = kind
    self.isCertain = isCertain
    self.probe = probe
  }

  /// The claims of events, by frame.
  static func all(of events: [KeepaliveEvent]) -> [FrameKey: Claim] {
    var claims: [FrameKey: Claim] = [:]
    for event in events {
      guard let claim = Claim(event) else { continue }
      let key = FrameKey(file: event.file, frame: event.frame)
      claims[key] = claims[key] == nil ? claim : Claim(kind: .several, isCertain: true)
    }
    return claims
  }

  /// The same, in the order of the frames.
  static func inOrder(of events: [KeepaliveEvent]) -> [(frame: FrameKey, claim: Claim)] {
    all(of: events).sorted { ($0.key.file, $0.key.frame) < ($1.key.file, $1.key.frame) }.map { ($0.key, $0.value) }
  }
}
