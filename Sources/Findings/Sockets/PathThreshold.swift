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
  /// Whether the box is an end of the connection and closes it, for which probes do not count.
  public let closes: Bool

  /// A threshold of one's own.
  public init(seconds: Double) { self.init(name: nil, seconds: seconds, closes: false) }

  private init(name: String?, seconds: Double, closes: Bool) {
    self.name = name
    self.seconds = seconds
    self.closes = closes
  }

  private init(_ box: PathBox) {
    self.init(name: box.name, seconds: Double(box.timeout) / 1e9, closes: box.expiry == .closes)
  }

  /// A box that is known, by its name with hyphens, as "aws-nlb"; `nil` where there is none.
  public init?(named word: String) {
    guard let box = PathBox.known.first(where: { Self.word($0.name) == word }) else { return nil }
    self.init(box)
  }

  /// The names that `init(named:)` takes.
  public static var names: [String] { PathBox.known.map { word($0.name) } }

  /// The boxes that people have most, and that forget: what idle times are held against unasked.
  public static let common: [PathThreshold] = PathBox.known
    .filter { $0.expiry == .forgets && Double($0.timeout) / 1e9 <= longestCommon }.map(PathThreshold.init)

  /// Those that wait longer are firewalls that somebody has set up, and knows.
  private static let longestCommon = 900.0

  /// The word by which it is asked for: "aws-nlb", "350s".
  public var label: String {
    name.map(Self.word) ?? (seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s")
  }

  private static func word(_ name: String) -> String {
    name.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }).joined(separator: "-")
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
