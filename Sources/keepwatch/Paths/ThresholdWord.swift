import ArgumentParser
import Findings

extension PathThreshold {
  /// A box by its name, or a time, as `--through` takes it.
  init(word: String, of boxes: [PathBox]) throws {
    if let known = PathThreshold(named: word.lowercased(), of: boxes) {
      self = known
      return
    }
    guard let seconds = DurationWord.seconds(word) else {
      throw ValidationError(
        "'\(word)' is neither a time (350s, 10m) nor a box. Boxes: \(boxes.map(\.word).joined(separator: ", ")).")
    }
    self.init(seconds: seconds)
  }
}
