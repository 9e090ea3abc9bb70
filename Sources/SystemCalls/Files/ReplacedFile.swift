import CLinux
import Glibc

/// A file that takes another's place whole, or not at all (rename(2)): whoever reads that name finds the old one or the new one.
///
/// Another process gives it the name, which has the rights that this one has now, and may have given up by then.
public final class ReplacedFile {
  private let descriptor: Int32
  private let renamer: pid_t
  private var order: Int32 = -1

  /// Makes a file beside `path`, which everybody may read; it goes away again where nothing replaces `path`.
  ///
  /// - Throws: `SystemError`, where none can be made there.
  public init(_ path: String) throws(SystemError) {
    // It does not end as `path` does: who reads all files of a folder that end so does not read it.
    var template = FileName.octets("\(path).XXXXXX")
    // The C library writes the name into the array.
    descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else { throw SystemError("mkstemp") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    fchmod(descriptor, 0o644)
    // The function writes a descriptor.
    renamer = unsafe linux_start_renamer(template, FileName.octets(path), &order)
    guard renamer > 0 else {
      let error = SystemError("fork")
      unsafe unlink(template)
      close(descriptor)
      throw error
    }
  }

  deinit {
    close(descriptor)
    // At the end of the pipe it takes the file away.
    if order >= 0 {
      close(order)
      while waitpid(renamer, nil, 0) < 0, errno == EINTR {}
    }
  }

  /// Writes a text, to the disk, and gives it the name.
  ///
  /// - Throws: `SystemError`; then the name is what it was.
  public func replace(by text: String) throws(SystemError) {
    if let error = Descriptor.write(text.utf8, to: descriptor).error { throw error }
    guard fsync(descriptor) == 0 else { throw SystemError("fsync") }
    if let error = Descriptor.write([1], to: order).error { throw error }
    close(order)
    order = -1
    var status: Int32 = 0
    while unsafe waitpid(renamer, &status, 0) < 0, errno == EINTR {}
    guard exitStatus(status) == 0 else { throw SystemError("rename", code: exitStatus(status)) }
  }
}
