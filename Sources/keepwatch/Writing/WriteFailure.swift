import ArgumentParser
import SystemCalls

extension WriteFailure {
  /// Ends the program: by SIGPIPE, or by the signal that came, as if they had never been caught; after an error with status 1.
  ///
  /// - Throws: the exit status 1.
  func endProgram() throws -> Never {
    switch self {
    case .readerIsGone: Signals.endByBrokenPipe()
    case .isInterrupted: Signals.endByNoted()
    case .error: throw ExitCode(1)
    }
  }
}
