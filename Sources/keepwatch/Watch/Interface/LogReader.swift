import ApplicationLog
import Presenting
import SystemCalls

/// Reads the logs of programs, while they grow or at once.
final class LogReader {
  private let logs: [ApplicationLogFile]
  /// Messages about lines of one log that are told one by one.
  private static let toldOneByOne = 5

  init(_ logs: [ApplicationLogFile]) { self.logs = logs }

  /// The logs' names.
  var names: [String] { logs.map(\.path) }
  /// Whether any of them has lines that are no calls, which were not told yet.
  var hasProblems: Bool { logs.contains { !$0.problems.isEmpty } }

  /// The calls that were logged since the last time.
  func newCalls(isLast: Bool) -> [SourcedCall] {
    var calls: [SourcedCall] = []
    for (number, log) in logs.enumerated() {
      do throws(ApplicationLogFile.Failure) {
        calls += try log.newCalls(isLast: isLast).map { SourcedCall(call: $0, log: number) }
      } catch {
        log.problems.append(error.description)
      }
    }
    return calls
  }

  /// Hands out messages about the lines that are no calls: of each log a few, and how many there are.
  func tellProblems(_ tell: ([String]) -> Void) {
    for log in logs where !log.problems.isEmpty {
      var messages = Array(log.problems.prefix(Self.toldOneByOne))
      let rest = log.problems.count - messages.count + log.problemsBeyond
      if rest > 0 { messages.append("\(log.path): \(counted(rest, "more line")) skipped") }
      log.problems = []
      tell(messages)
    }
  }

  /// Why what a log was copied to could not be written, by log.
  var copyFailures: [WriteFailure] { logs.compactMap { $0.copyFailure.map(WriteFailure.init(code:)) } }
}
