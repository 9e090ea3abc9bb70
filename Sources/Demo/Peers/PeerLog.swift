import ApplicationLog
import SystemCalls

/// Where a demo program tells what it saw: sentences for people, or the lines of an application log.
public struct PeerLog: Sendable {
  /// Which program.
  public let process: String
  /// Whether it writes JSON lines.
  public let isJSON: Bool

  /// A log on standard output.
  public init(process: String, isJSON: Bool) {
    self.process = process
    self.isJSON = isJSON
  }

  /// Tells of a call.
  func note(
    _ call: String, text: String?, result: Int?, error: Int32?, local: String?, remote: String?
  ) {
    let entry = ApplicationCall(
      time: currentTime(), process: process, call: call, text: text, result: result, error: error.map(ErrorName.name),
      local: local, remote: remote)
    write(
      isJSON
        ? entry.line
        : timeOfDay(at: currentTime()) + "  " + entry.description + (error.map { ": \(ErrorName.text($0))" } ?? ""))
  }

  /// Tells people something that is no call.
  func say(_ sentence: String) {
    if !isJSON { write(sentence) }
  }

  private func write(_ line: String) {
    guard let error = Descriptor.write((line + "\n").utf8, to: Descriptor.standardOutput).error else { return }
    if WriteFailure(code: error.code) == .readerIsGone { Signals.endByBrokenPipe() }
    let message = "keepwatch: standard output cannot be written: \(error.text).\n"
    // Where standard error cannot be written, there is nobody left to tell.
    _ = Descriptor.write(message.utf8, to: Descriptor.standardError)
    ThisProgram.exit(status: 1)
  }
}
