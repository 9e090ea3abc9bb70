import Glibc

/// A call of the system that failed.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Which call.
  public let call: String
  /// The error's number (errno(3)).
  public let code: Int32

  /// An error from its parts; without a number, the one that the last call left behind.
  public init(_ call: String, code: Int32 = errno) {
    self.call = call
    self.code = code
  }

  /// Its name, as the manual has it: "ETIMEDOUT".
  public var name: String { ErrorName.name(code) }

  /// The C library's words: "Connection timed out".
  public var text: String { ErrorName.text(code) }

  /// "connect failed with ECONNREFUSED (Connection refused)".
  public var description: String { "\(call) failed with \(name) (\(text))" }

  /// Whether only nothing is there yet (EAGAIN).
  public var isNothingYet: Bool { code == EAGAIN }

  /// Whether only a signal came (EINTR).
  public var isInterrupted: Bool { code == EINTR }
}
