import KeepaliveAnalysis

/// How often each verdict was given.
public struct VerdictTally: Sendable {
  private var counts = [Int](repeating: 0, count: Verdict.allCases.count)

  /// Nothing counted.
  public init() {}

  /// How often `verdict` was given.
  public subscript(verdict: Verdict) -> Int { counts[verdict.rank] }

  /// Counts a verdict, so many times.
  public mutating func count(_ verdict: Verdict, _ times: Int = 1) { counts[verdict.rank] += times }
}
