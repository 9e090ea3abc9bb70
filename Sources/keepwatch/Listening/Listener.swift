import ArgumentParser
import PacketWire
import Presenting
import SystemCalls

/// The program that answers a monitoring system, `keepwatch-listener`, seen from the watch: it asks for what it is to answer with.
///
/// It has no capability, no descriptor of the capture, and the user as whom packets are read. What it asks, a line with a number and a
/// word, comes on its standard output; the answer, which begins with that number, goes to its standard input.
final class Listener {
  /// A question.
  struct Question {
    fileprivate let number: Int
    /// What it asks for.
    let subject: Subject

    fileprivate init?(_ line: String) {
      let words = line.split(separator: " ")
      guard words.count == 2, let number = Int(words[0]), let subject = Subject(rawValue: String(words[1])) else {
        return nil
      }
      self.number = number
      self.subject = subject
    }
  }

  /// What it asks for.
  enum Subject: String {
    /// The metrics, in Prometheus' text format.
    case text
    /// The metrics in OpenMetrics' format.
    case openMetrics = "openmetrics"
    /// Whether the watch goes on.
    case healthy
  }

  private static let name = "keepwatch-listener"
  /// It binds its address at once, or cannot.
  private static let patience: Int32 = 10_000

  private let process: ChildProcess
  /// What came with its first line.
  private var first: [Question] = []

  /// Starts it, and waits until it takes connections at `address`.
  ///
  /// To be called when privileges have gone: it inherits what this process may.
  ///
  /// - Throws: the exit status 1, after a message.
  init(_ address: SocketAddress) throws {
    guard let file = Self.file else {
      complain(
        "--listen takes a program of its own, \(Self.name), which is not here. Build it: swift build -c release "
          + "--package-path Sources/\(Self.name), and put it beside \(ThisProgram.path), or into a folder of PATH.")
      throw ExitCode(1)
    }
    do throws(SystemError) {
      process = try ChildProcess(file, arguments: [address.description], takesCues: true)
    } catch {
      complain("\(file) could not be started: \(error.text).")
      throw ExitCode(1)
    }
    let end = currentTime() + Int64(Self.patience) * 1_000_000
    while true {
      let lines = process.readLines()
      if let line = lines.first {
        first = lines.dropFirst().compactMap(Question.init)
        complain("metrics at http://\(line)/metrics")
        return
      }
      // Its own message stands on standard error.
      guard !process.isAtEnd, currentTime() < end else { break }
      _ = Descriptor.wait(for: [process.output], milliseconds: Self.patience)
    }
    throw ExitCode(1)
  }

  /// Beside this program, or in a folder of PATH.
  private static var file: String? {
    let folder = ThisProgram.path.split(separator: "/").dropLast().joined(separator: "/")
    let beside = "/\(folder)/\(name)"
    return FileSystem.refusesToRun(beside) == nil ? beside : ProgramSearch.file(of: name)
  }

  /// Becomes readable when it asks for something.
  var descriptor: Int32 { process.output }

  /// Whether it has ended.
  var hasEnded: Bool { process.isAtEnd }

  /// What it has asked since the last time.
  func questions() -> [Question] {
    defer { first = [] }
    return first + process.readLines().compactMap(Question.init)
  }

  /// Answers a question; what follows the answer tells its end, as in OpenMetrics.
  func answer(_ question: Question, _ lines: [String]) {
    let end = lines.last == Exposition.end ? [] : [Exposition.end]
    process.tell((["\(question.number)"] + lines + end).joined(separator: "\n"))
  }
}
