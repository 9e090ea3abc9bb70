import CLinux
import Glibc

/// A file, a pipe or a device that stands open for reading.
public final class InputFile {
  /// What it is.
  public enum Kind: Sendable {
    /// A regular file, which can be read again, and twice at a time.
    case regular
    /// A folder, of which nothing can be read.
    case folder
    /// A pipe, a device, a terminal.
    case other
  }

  /// Standard input, which stands open already.
  public static func standardInput() -> InputFile { InputFile(STDIN_FILENO, .other, isOwned: false) }

  /// What it is.
  public let kind: Kind
  private let descriptor: Int32
  private let isOwned: Bool

  /// Opens the file at `path`.
  ///
  /// - Parameters:
  ///   - path: the file's name, whatever octets it has.
  ///   - isWaiting: whether opening a pipe and reading wait for who writes; otherwise reading throws EAGAIN.
  /// - Throws: `SystemError` where it cannot be opened.
  public convenience init(path: String, isWaiting: Bool = true) throws(SystemError) {
    let descriptor = unsafe open(FileName.octets(path), O_RDONLY | O_CLOEXEC | (isWaiting ? 0 : O_NONBLOCK))
    guard descriptor >= 0 else { throw SystemError("open") }
    self.init(descriptor, Self.kind(of: descriptor), isOwned: true)
    if kind != .folder, isWaiting { posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }
  }

  private init(_ descriptor: Int32, _ kind: Kind, isOwned: Bool) {
    self.descriptor = descriptor
    self.kind = kind
    self.isOwned = isOwned
  }

  deinit { if isOwned { close(descriptor) } }

  private static func kind(of descriptor: Int32) -> Kind {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return .other }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .regular
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// The same open file once more, with a number of its own: whatever lies at its path by now, whoever may open it.
  ///
  /// - Throws: `SystemError` where there is no descriptor left.
  public func again() throws(SystemError) -> InputFile {
    InputFile(try Descriptor.duplicate(descriptor), kind, isOwned: true)
  }

  /// Reads what is there, at most up to the end of `buffer`, from `offset` on; a regular file's octets from `position` on.
  ///
  /// Once a signal asked for the end, what is on its way is still waited for, but not for long.
  ///
  /// - Returns: how many octets were read; 0 at the end.
  /// - Throws: `SystemError` where it cannot be read.
  public func read(into buffer: inout [UInt8], from offset: Int, at position: Int) throws(SystemError) -> Int {
    while true {
      // The kernel writes into the array's storage from `offset` on, at most to its end.
      let count = unsafe buffer.withUnsafeMutableBytes { storage in
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: storage[offset...])
        guard kind == .regular else { return unsafe linux_read(descriptor, room.baseAddress, room.count) }
        return unsafe pread(descriptor, room.baseAddress, room.count, off_t(position))
      }
      if count >= 0 { return count }
      guard errno == EINTR else { throw SystemError("read") }
    }
  }

  /// Reads once what is there, at most `count` octets, from where the last such reading ended.
  ///
  /// - Returns: the octets; none at the end.
  /// - Throws: `SystemError`; EAGAIN where nothing is there yet.
  public func read(atMost count: Int) throws(SystemError) -> [UInt8] { try Descriptor.read(descriptor, atMost: count) }
}
