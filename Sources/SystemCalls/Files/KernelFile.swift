import Glibc

/// A file that the kernel makes up, below /proc: small, and read or written whole.
public enum KernelFile {
  /// Its text; `nil` where it cannot be read.
  public static func text(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var octets: [UInt8] = []
    while true {
      guard let piece = try? Descriptor.read(descriptor, atMost: 1 << 16) else { return nil }
      if piece.isEmpty { return String(decoding: octets, as: UTF8.self) }
      octets += piece
    }
  }

  /// Writes a text to it, in one call.
  ///
  /// - Throws: `SystemError` where the kernel does not take it.
  public static func write(_ text: String, to path: String) throws(SystemError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open") }
    defer { close(descriptor) }
    let octets = Array(text.utf8)
    // The kernel reads from the array's storage, exactly its length.
    let count = unsafe octets.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
    guard count == octets.count else { throw SystemError("write") }
  }
}
