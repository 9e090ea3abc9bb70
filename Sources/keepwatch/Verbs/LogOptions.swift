import ApplicationLog
import ArgumentParser

/// What programs saw, recorded apart from the packets.
struct LogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Join the calls of an application log (docs/application-log.md).", valueName: "file"),
    completion: .file())
  var log: [String] = []

  @Option(
    help: ArgumentHelp("Join the calls of a log that strace -f -ttt -T -yy wrote.", valueName: "file"),
    completion: .file())
  var strace: [String] = []

  /// The files, opened.
  func files() throws -> [ApplicationLogFile] {
    do {
      return try log.map { try ApplicationLogFile(path: $0, format: .jsonLines) }
        + strace.map { try ApplicationLogFile(path: $0, format: .strace) }
    } catch let failure as ApplicationLogFile.Failure {
      throw ValidationError(failure.description)
    }
  }
}
