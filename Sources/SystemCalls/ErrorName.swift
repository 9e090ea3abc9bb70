import Glibc

/// The name of an error number, as the manual has it.
public enum ErrorName {
  private static let names: [Int32: String] = [
    EACCES: "EACCES", EADDRINUSE: "EADDRINUSE", EADDRNOTAVAIL: "EADDRNOTAVAIL", EAGAIN: "EAGAIN", EBADF: "EBADF",
    ECONNABORTED: "ECONNABORTED", ECONNREFUSED: "ECONNREFUSED", ECONNRESET: "ECONNRESET",
    EHOSTUNREACH: "EHOSTUNREACH", EINTR: "EINTR", EINVAL: "EINVAL", ENETUNREACH: "ENETUNREACH", ENOBUFS: "ENOBUFS",
    ENOTCONN: "ENOTCONN", ENOSPC: "ENOSPC", EPERM: "EPERM", EPIPE: "EPIPE", ETIMEDOUT: "ETIMEDOUT",
  ]

  /// "ETIMEDOUT"; "error 42" for one that sockets do not give.
  public static func name(_ code: Int32) -> String { names[code] ?? "error \(code)" }

  /// The C library's words: "Connection timed out".
  public static func text(_ code: Int32) -> String {
    guard let text = unsafe strerror(code) else { return name(code) }
    return unsafe String(cString: text)
  }
}
