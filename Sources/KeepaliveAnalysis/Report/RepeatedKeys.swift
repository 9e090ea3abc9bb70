/// Which of many keys are met more than once; now and then another is taken for one of them.
///
/// It has two bits for each of eight places a key, so that most need no look at a dictionary.
struct RepeatedKeys {
  private var once: [UInt64]
  private var again: [UInt64]
  private let shift: UInt64
  private(set) var hasRepeated = false

  init(expecting count: Int) {
    let bits = max(6, UInt64.bitWidth - (count * 8).leadingZeroBitCount)
    once = [UInt64](repeating: 0, count: 1 << (bits - 6))
    again = once
    shift = UInt64(UInt64.bitWidth - bits)
  }

  mutating func note(_ key: UInt64) {
    let (word, bit) = place(key)
    again[word] |= once[word] & bit
    if once[word] & bit != 0 { hasRepeated = true }
    once[word] |= bit
  }

  func mayBeRepeated(_ key: UInt64) -> Bool {
    let (word, bit) = place(key)
    return again[word] & bit != 0
  }

  /// By a product with the golden ratio (Knuth, The Art of Computer Programming, volume 3, 6.4).
  private func place(_ key: UInt64) -> (word: Int, bit: UInt64) {
    let place = (key &* 0x9e37_79b9_7f4a_7c15) >> shift
    return (Int(place >> 6), 1 << (place & 63))
  }
}
