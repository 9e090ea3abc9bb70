import Glibc

/// A folder that stands open: files are made in it, whatever lies at its path by then.
public final class Folder {
  private let descriptor: Int32

  /// Opens the folder at `path`.
  ///
  /// - Throws: `SystemError` where it cannot be opened, or is none.
  public init(path: String) throws(SystemError) {
    descriptor = unsafe open(FileName.octets(path), Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open") }
  }

  deinit { close(descriptor) }

  /// O_PATH, which is the same on every architecture that Swift runs on (asm-generic/fcntl.h).
  private static let pathOnly: Int32 = 0o10_000_000

  /// Whether this process may make files in it, as the user that it runs as now.
  public var isWritable: Bool { unsafe faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) == 0 }

  /// Opens one of its files for writing, with what is in it still there.
  ///
  /// - Returns: its descriptor, and whether it was made for this.
  /// - Throws: `SystemError` where it cannot be opened.
  public func openForWriting(_ name: String) throws(SystemError) -> (descriptor: Int32, isMade: Bool) {
    try Self.openForWriting(name, at: descriptor)
  }

  /// The same below a folder, or AT_FDCWD.
  static func openForWriting(
    _ path: String, at folder: Int32
  ) throws(SystemError) -> (descriptor: Int32, isMade: Bool) {
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY
    let made = unsafe openat(folder, FileName.octets(path), flags | O_EXCL, 0o644)
    if made >= 0 { return (made, true) }
    let found = unsafe openat(folder, FileName.octets(path), flags, 0o644)
    guard found >= 0 else { throw SystemError("open") }
    return (found, false)
  }
}
