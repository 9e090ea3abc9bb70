import Glibc

/// This program: its file, its command line, its end.
public enum ThisProgram {
  /// Its file, for advice that can be copied.
  public static var path: String {
    guard let path = unsafe realpath("/proc/self/exe", nil) else { return "keepwatch" }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// The command line's words behind the program's name, whatever octets they have: `CommandLine.arguments` would lose those that
  /// are no UTF-8.
  public static var words: [String] {
    let pointers = unsafe UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    // The kernel ends each word with NUL.
    return unsafe pointers.dropFirst().compactMap { unsafe $0 }.map { unsafe FileName.text(terminated: $0) }
  }

  /// The name that it was started by, without folders: that of a link to its file, perhaps.
  public static var calledAs: String {
    // The kernel gives every program a name, unless whoever starts it leaves that away.
    guard let name = unsafe CommandLine.unsafeArgv[0] else { return "" }
    let path = unsafe FileName.text(terminated: name)
    return path.split(separator: "/").last.map(String.init) ?? path
  }

  /// Ends it.
  public static func exit(status: Int32) -> Never { Glibc.exit(status) }
}

/// Finds programs as a shell does.
public enum ProgramSearch {
  /// The file of a program's name; `nil` where there is none that may be run.
  ///
  /// A name with a slash is a path, and has only to be there.
  public static func file(of name: String) -> String? {
    if name.contains("/") { return FileSystem.exists(name) ? name : nil }
    let folders = (environmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileSystem.refusesToRun($0) == nil && FileSystem.isRegular($0) }
  }
}
