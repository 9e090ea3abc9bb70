import ArgumentParser
import CLinux
import CaptureFile
import Glibc

/// Why octets could not be written.
enum WriteFailure: Equatable {
  /// Nobody reads the pipe any more: the end of every filter, and no error.
  case readerIsGone
  /// The reader does not read, and a signal asked for the end meanwhile.
  case isInterrupted
  /// The system's error, as ENOSPC.
  case error(Int32)

  /// A failure from an error's number.
  init(code: Int32) {
    switch code {
    case EPIPE: self = .readerIsGone
    case EINTR: self = .isInterrupted
    default: self = .error(code)
    }
  }

  /// Ends the program: by SIGPIPE, or by the signal that came, as if they had never been caught; after an error with status 1.
  ///
  /// - Throws: the exit status 1.
  func endProgram() throws -> Never {
    switch self {
    case .readerIsGone: Signals.end(by: SIGPIPE)
    case .isInterrupted: Signals.end(by: Signals.noted ?? SIGINT)
    case .error: throw ExitCode(1)
    }
  }
}

/// Writes octets, all of them.
///
/// - Returns: `nil` where that succeeded.
func writeWhole(_ bytes: [UInt8], to descriptor: Int32) -> WriteFailure? {
  // The kernel reads from the array's storage, at most its length.
  let count = unsafe bytes.withUnsafeBytes { unsafe linux_write(descriptor, $0.baseAddress, $0.count) }
  return count == bytes.count ? nil : WriteFailure(code: errno)
}

extension PcapWriter {
  /// What kind of failure it was; `nil` where all was written.
  var writeFailure: WriteFailure? { errorNumber.map(WriteFailure.init(code:)) }
}
