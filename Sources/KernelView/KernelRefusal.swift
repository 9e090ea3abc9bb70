import Glibc

/// Why the kernel refused something.
public struct KernelRefusal: Error, Sendable, Hashable {
  /// The error's number (errno(3)).
  public let code: Int32

  /// An error by its number; without one, that which the last call left behind.
  public init(code: Int32 = errno) { self.code = code }

  /// Whether a privilege is missing.
  public var isOfPrivilege: Bool { code == EPERM || code == EACCES }

  /// Its name, as the manual has it: "EPERM".
  public var name: String {
    switch code {
    case EPERM: "EPERM"
    case EACCES: "EACCES"
    case ENOSYS: "ENOSYS"
    case EMFILE: "EMFILE"
    default: "error \(code)"
    }
  }

  /// The C library's words: "Operation not permitted".
  public var text: String {
    guard let text = unsafe strerror(code) else { return name }
    return unsafe String(cString: text)
  }
}
