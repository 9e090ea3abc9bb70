import KeepaliveAnalysis

/// A time after which something on the path forgets idle connections, or closes them.
public struct PathThreshold: Sendable, Hashable {
  /// What it does to a connection.
  public enum Effect: Sendable, Hashable {
    /// No silence between its packets is as long.
    case none
    /// It would be forgotten: silences are as long, or as long as its program likes.
    case forgotten
    /// It would be closed without data for so long: probes do not count.
    case closed
    /// The options are not known well enough.
    case unknown
  }

  /// The box's name; `nil` where only a time was given.
  public let name: String?
  /// The time, in seconds.
  public let seconds: Double
  /// What the box does then; `nil` where only a time was given: it forgets, and how is not known.
  public let expiry: PathBox.Expiry?
  /// Whether the box is an end of the connection and closes it, for which probes do not count.
  public var closes: Bool { expiry == .closes }

  /// A threshold of one's own.
  public init(seconds: Double) {
    (name, expiry) = (nil, nil)
    self.seconds = seconds
  }

  private init(_ box: PathBox) {
    name = box.name
    seconds = Double(box.timeout) / 1e9
    expiry = box.expiry
  }

  /// A box by its name with hyphens, as "aws-nlb"; `nil` where there is none.
  ///
  /// Of boxes with one name the last counts.
  public init?(named word: String, of boxes: [PathBox] = PathBox.known) {
    guard let box = boxes.last(where: { $0.word == word }) else { return nil }
    self.init(box)
  }

  /// The boxes that people have most, and that forget: what idle times are held against unasked.
  public static let common: [PathThreshold] = PathBox.known
    .filter { $0.expiry == .drops || $0.expiry == .resetsNextPacket }
    .filter { Double($0.timeout) / 1e9 <= longestCommon }.map(PathThreshold.init)

  /// Those that wait longer are firewalls that somebody has set up, and knows.
  private static let longestCommon = 900.0

  /// The word by which it is asked for: "aws-nlb", "350s".
  public var label: String {
    name.map(PathBox.word) ?? (seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s")
  }

  /// What it would do to a connection.
  public func effect(on connection: AuditedConnection) -> Effect {
    if closes { return .closed }
    switch connection.settings {
    case .off: return .forgotten
    case .unknown: return .unknown
    case .on(let rest): return rest >= seconds ? .forgotten : .unknown
    case .read(let settings):
      guard settings.keepalive else { return .forgotten }
      return GiveUpTime.longestSilence(idle: settings.idle, interval: settings.interval) >= seconds ? .forgotten : .none
    }
  }
}
