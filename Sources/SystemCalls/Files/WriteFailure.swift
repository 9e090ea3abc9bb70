import Glibc

/// Why octets could not be written.
public enum WriteFailure: Hashable, Sendable {
  /// Nobody reads the pipe any more: the end of every filter, and no error.
  case readerIsGone
  /// The reader does not read, and a signal asked for the end meanwhile.
  case isInterrupted
  /// The system's error, as ENOSPC.
  case error(Int32)

  /// A failure from an error's number.
  public init(code: Int32) {
    switch code {
    case EPIPE: self = .readerIsGone
    case EINTR: self = .isInterrupted
    default: self = .error(code)
    }
  }
}

/// Writes octets, all of them.
///
/// - Returns: `nil` where that succeeded.
public func writeWhole(_ octets: some Collection<UInt8>, to descriptor: Int32) -> WriteFailure? {
  Descriptor.write(octets, to: descriptor).error.map { WriteFailure(code: $0.code) }
}
