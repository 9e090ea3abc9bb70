/// How long answers took, counted by upper bounds.
struct DelayHistogram: Sendable {
  /// The upper bounds in seconds: from a loopback's microseconds to the longest round trips.
  private static let bounds = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]
  /// The same as they are written: OpenMetrics wants the shortest form, with a fraction, and so do sums over scrapes.
  private static let words = [
    "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0",
    "2.5", "5.0", "10.0",
  ]

  /// Observations up to each bound and above the one before it, and above the last.
  private var counts = [Int](repeating: 0, count: bounds.count + 1)
  private var sum = 0.0

  /// Takes an observation, in seconds.
  mutating func observe(_ delay: Double) {
    counts[Self.bounds.firstIndex { delay <= $0 } ?? Self.bounds.count] += 1
    sum += delay
  }

  /// The histogram as a family.
  func family(_ name: String, _ help: String) -> MetricFamily {
    var samples: [MetricFamily.Sample] = []
    var total = 0
    for (word, count) in zip(Self.words + ["+Inf"], counts) {
      total += count
      samples.append(MetricFamily.Sample(suffix: "_bucket", labels: [("le", word)], value: String(total)))
    }
    samples.append(MetricFamily.Sample(suffix: "_sum", value: DurationText.fixed(sum, 6)))
    samples.append(MetricFamily.Sample(suffix: "_count", value: String(total)))
    return MetricFamily(name, .histogram, help, samples)
  }
}
