import Glibc

/// Folders of /proc.
enum ProcFolder {
  /// Calls `body` with the folder's descriptor and each of its names.
  ///
  /// - Returns: 0, or why the folder cannot be read: the error's number.
  static func forEachEntry(of path: String, _ body: (Int32, String) -> Void) -> Int32 {
    guard let folder = unsafe opendir(path) else { return errno }
    defer { unsafe closedir(folder) }
    let descriptor = unsafe dirfd(folder)
    while true {
      errno = 0
      guard let entry = unsafe readdir(folder) else { return errno }
      // The C library ends each name with NUL.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      body(descriptor, name)
    }
  }

  /// The numbers of the processes that this one sees.
  static func processes() -> [Int32] {
    var processes: [Int32] = []
    _ = forEachEntry(of: "/proc") { _, name in
      if let process = Int32(name) { processes.append(process) }
    }
    return processes
  }

  /// What an entry of /proc/PID/fd leads to.
  enum Target {
    /// A socket, by its inode: "socket:[4026]".
    case socket(UInt64)
    case other
    /// This process may not see it (ptrace(2), PTRACE_MODE_READ_FSCREDS).
    case hidden
  }

  /// What an entry leads to.
  static func target(_ folder: Int32, _ entry: String) -> Target {
    var text = [UInt8](repeating: 0, count: 32)
    // The kernel writes into the array's storage, at most its length.
    let count = unsafe text.withUnsafeMutableBytes { buffer in
      guard let storage = buffer.baseAddress else { return 0 }
      return unsafe readlinkat(folder, entry, storage, buffer.count)
    }
    if count < 0 { return [EACCES, EPERM].contains(errno) ? .hidden : .other }
    let prefix = "socket:[".utf8
    guard count > prefix.count, text.starts(with: prefix), text[count - 1] == UInt8(ascii: "]") else { return .other }
    return UInt64(String(decoding: text[prefix.count..<count - 1], as: UTF8.self)).map(Target.socket) ?? .other
  }
}
