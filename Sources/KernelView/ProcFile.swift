import Glibc

/// A file of /proc, read whole.
enum ProcFile {
  /// Its text; `nil` where it cannot be read.
  static func text(_ path: String) -> String? { octets(path).map { String(decoding: $0, as: UTF8.self) } }

  /// Its octets; `nil` where it cannot be read.
  static func octets(_ path: String) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      // The kernel writes into the array's storage, at most its length.
      let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count <= 0 { return count == 0 ? bytes : nil }
      bytes.append(contentsOf: piece[..<count])
    }
  }
}
