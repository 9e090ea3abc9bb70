import SystemCalls

/// When a file of saved packets is followed by another, and what that is called: tcpdump's -C, -G and -W.
struct FileRotation {
  /// Octets after which the next packet begins another file.
  let octets: Int?
  /// Seconds after which it does.
  let seconds: Int?
  /// With `octets` alone so many files are written in turn; with `seconds` so many are written at all.
  let count: Int?
  /// The name that the user gave.
  let pattern: String

  private var name = ""
  /// When the current file began: nanoseconds since the epoch.
  private var began: Int64 = 0
  /// How many files were begun, and how many of them since the name's time last changed.
  private var begun = 0
  private var begunWithName = 0

  init(octets: Int?, seconds: Int?, count: Int?, pattern: String) {
    self.octets = octets
    self.seconds = seconds
    self.count = count
    self.pattern = pattern
  }

  /// Whether a packet at `time` belongs into another file than one that has `octets` so far.
  func isDue(_ time: Int64, octets: Int) -> Bool {
    if let most = self.octets, octets >= most { return true }
    return seconds.map { time - began >= Int64($0) * 1_000_000_000 } ?? false
  }

  /// Whether as many files were written as are wanted.
  var isComplete: Bool { seconds != nil && count.map { begun >= $0 } ?? false }

  /// Whether the next file is the first one again.
  var returnsToFirst: Bool { seconds == nil && begun > 0 && count.map { begun % $0 == 0 } ?? false }

  /// The name of the next file, which begins at `time`.
  mutating func next(at time: Int64) -> String {
    began = time
    let text = seconds == nil ? pattern : textOfTime(pattern, at: time)
    begunWithName = text == name ? begunWithName + 1 : 0
    name = text
    defer { begun += 1 }
    guard seconds == nil, let count else { return begunWithName == 0 ? text : "\(text)\(begunWithName)" }
    let number = String(begun % count)
    return text + String(repeating: "0", count: String(count - 1).count - number.count) + number
  }
}
