import ApplicationLog
import ArgumentParser
import KeepaliveAnalysis
import PacketWire

extension ConnectionSelection {
  /// The connections that a value of `--connection` names: numbers, and ends with address and port, separated by commas.
  ///
  /// - Throws: a mistake of the command line where it names none.
  init(argument: String) throws {
    let choices = try argument.split(separator: ",", omittingEmptySubsequences: false).map { word in
      if let number = Int(word), number >= 1 { return ConnectionSelection(number: number) }
      if let end = SocketAddress(text: String(word)) { return ConnectionSelection(end: end) }
      throw ValidationError(
        "'\(word)' is neither a connection's number, from 1, nor the address and port of one of its ends, as in "
          + "10.0.0.5:44310 or [2001:db8::5]:44310.")
    }
    self = choices.dropFirst().reduce(choices[0]) { $0.union($1) }
  }
}
