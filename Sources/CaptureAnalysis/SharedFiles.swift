import CaptureFile
import PacketObservation

extension CaptureComparison {
  /// Reads several files a first time, to see whether they captured the same packets; a pipe can be read only once.
  public static func compare(_ parts: [CaptureSequence.Part]) -> [SharedCapture] {
    guard parts.count > 1, parts.allSatisfy(\.canBeReadAgain) else { return [] }
    var comparison = CaptureComparison(files: parts.count)
    for (number, part) in parts.enumerated() {
      let sequence = CaptureSequence()
      sequence.add(again: part)
      while sequence.nextBatch({ _, bytes, records in
        for record in records {
          comparison.note(
            bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType,
            time: record.time, file: number)
        }
      }) {}
    }
    return comparison.shared
  }
}

extension CaptureSequence {
  /// Beside the way's length: how much its packets' times vary, in nanoseconds.
  private static let sharedDelay: Int64 = 20_000_000
  /// No packet is on its way for a day; the sum with a time must fit 64 bits.
  private static let longestWay: Int64 = 86_400_000_000_000

  /// Puts the files' packets onto one clock, the first file's.
  public func correctClocks(_ shared: [SharedCapture]) {
    var ahead = [Int: Int64]()
    for pair in shared {
      // Clocks centuries apart are nobody's: what they come to has no meaning, but it must not end the program.
      ahead[pair.file] = (ahead[pair.reference] ?? 0) &+ pair.clockAhead
      let thereAndBack = 2 * min(pair.uncertainty ?? 0, Self.longestWay)
      correct(file: pair.file, clockAhead: ahead[pair.file] ?? 0, delay: thereAndBack + Self.sharedDelay)
    }
  }
}
