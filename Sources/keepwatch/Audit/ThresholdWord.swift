import ArgumentParser
import Findings

extension PathThreshold {
  /// A known box by its name, or a time, as `--through` takes it.
  init(word: String) throws {
    if let known = PathThreshold(named: word.lowercased()) {
      self = known
      return
    }
    guard let seconds = DurationWord.seconds(word) else {
      throw ValidationError(
        "'\(word)' is neither a time (350s, 10m) nor a box. Boxes: \(PathThreshold.names.joined(separator: ", ")).")
    }
    self.init(seconds: seconds)
  }
}
