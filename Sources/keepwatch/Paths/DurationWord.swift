/// Durations as a command line has them: "350s", "10m", "1h30m", "90".
enum DurationWord {
  private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

  /// Longer ones are mistakes: a century.
  private static let longest = 3_155_760_000.0

  /// The seconds; `nil` where the word is no duration.
  ///
  /// A number alone is seconds.
  static func seconds(_ word: String) -> Double? {
    if let seconds = Double(word) { return seconds > 0 && seconds <= longest ? seconds : nil }
    var total = 0.0
    var digits = ""
    for character in word {
      if character.isWholeNumber || character == "." {
        digits.append(character)
      } else {
        guard let unit = units[character], let number = Double(digits) else { return nil }
        total += number * unit
        digits = ""
      }
    }
    return digits.isEmpty && total > 0 && total <= longest ? total : nil
  }
}
