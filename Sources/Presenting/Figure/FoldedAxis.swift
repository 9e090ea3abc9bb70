import Findings

/// A time axis that folds long silences: where something happens the scale is the same, a much longer gap takes a fixed width.
struct FoldedAxis {
  /// A gap that is drawn shorter than it was.
  struct Fold {
    /// Where it begins and ends on the axis.
    let range: ClosedRange<Double>
    /// Its real length, in nanoseconds.
    let length: Int64
  }

  /// A gap so many times the usual one is folded, to `foldedTo` times the usual one.
  private static let foldFrom = 4.0
  private static let foldedTo = 2.0

  private let times: [Int64]
  private let positions: [Double]
  /// The folded gaps, in order.
  let folds: [Fold]

  /// An axis for things that happen at `times`.
  ///
  /// - Parameters:
  ///   - times: nanoseconds since the epoch, in any order.
  ///   - width: the axis's length, in whatever unit the picture has.
  ///   - apart: the least distance of two different times, as long as they all fit.
  init(_ times: [Int64], width: Double, apart: Double) {
    let sorted = Array(Set(times)).sorted()
    self.times = sorted
    guard let first = sorted.first, let last = sorted.last, last > first else {
      positions = sorted.map { _ in 0 }
      folds = []
      return
    }
    let gaps = zip(sorted, sorted.dropFirst()).map { $1 - $0 }
    // The usual gap: the median of those that could be seen at all.
    let visible = gaps.filter { Double($0) * 500 >= Double(last - first) }.sorted()
    let usual = Double(visible.isEmpty ? .second : visible[visible.count / 2])
    let drawn = gaps.map(Double.init).map { $0 > usual * Self.foldFrom ? usual * Self.foldedTo : $0 }
    let least = min(apart, width / Double(gaps.count) / 2)
    let scale = (width - least * Double(gaps.count)) / max(drawn.reduce(0, +), .leastNormalMagnitude)
    var positions = [0.0]
    var folds: [Fold] = []
    for (gap, length) in zip(gaps, drawn) {
      let start = positions[positions.count - 1]
      positions.append(start + least + length * scale)
      if length < Double(gap) { folds.append(Fold(range: start...positions[positions.count - 1], length: gap)) }
    }
    self.positions = positions
    self.folds = folds
  }

  /// Where a time lies; between two of the axis's times in proportion.
  func position(_ time: Int64) -> Double {
    guard let first = times.first, let last = times.last else { return 0 }
    if time <= first { return 0 }
    if time >= last { return positions[positions.count - 1] }
    var (index, end) = (0, times.count)
    while index < end {
      let middle = (index + end) / 2
      if times[middle] >= time { end = middle } else { index = middle + 1 }
    }
    if times[index] == time { return positions[index] }
    let share = Double(time - times[index - 1]) / Double(times[index] - times[index - 1])
    return positions[index - 1] + share * (positions[index] - positions[index - 1])
  }
}
