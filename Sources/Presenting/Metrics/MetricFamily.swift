/// What a monitoring system is told under one name: its kind, and its values by labels.
public struct MetricFamily: Sendable {
  /// What its values do over time.
  public enum Kind: String, Sendable {
    /// They only grow, and begin at 0 with the program.
    case counter
    /// They go up and down.
    case gauge
    /// They count observations by upper bounds, and only grow.
    case histogram
  }

  /// A value.
  public struct Sample: Sendable {
    /// What follows the family's name: `_bucket`, `_sum` or `_count` of a histogram, else nothing.
    var suffix = ""
    /// The labels, in the order written.
    var labels: [(name: String, value: String)] = []
    /// The value, as it is written.
    var value: String
  }

  /// The name; of a counter, without `_total` behind it.
  let name: String
  let kind: Kind
  /// What it is, as a sentence.
  let help: String
  private(set) var samples: [Sample]

  /// A family of these values.
  public init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.samples = samples
  }

  /// A family of one value without labels.
  public init(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
    self.init(name, kind, help, [Sample(value: String(value))])
  }

  /// Adds a value.
  mutating func add(_ labels: [(name: String, value: String)], _ value: Int) {
    samples.append(Sample(labels: labels, value: String(value)))
  }
}
