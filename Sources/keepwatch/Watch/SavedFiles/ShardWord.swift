import ArgumentParser
import PacketObservation

extension ConnectionShard {
  /// The part that a value of `--shard` names: "3/8".
  ///
  /// - Throws: a mistake of the command line where it names none.
  init(argument: String) throws {
    let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
      let shard = ConnectionShard(number, of: count)
    else {
      throw ValidationError("'\(argument)' is no part. 1/8 to 8/8 are the eight parts of 8; there are at most 65,536.")
    }
    self = shard
  }
}
