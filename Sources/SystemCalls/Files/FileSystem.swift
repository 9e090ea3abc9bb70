import Glibc

/// Files by their names, whatever octets those have.
public enum FileSystem {
  /// Whether something lies at `path`.
  public static func exists(_ path: String) -> Bool { unsafe access(FileName.octets(path), F_OK) == 0 }

  /// Whether a file lies at `path` that can be read twice.
  public static func isRegular(_ path: String) -> Bool { FileIdentity(path: path)?.isRegular ?? false }

  /// The octets of a regular file; `nil` where something else lies at `path`, or nothing.
  public static func size(_ path: String) -> Int? {
    guard let status = status(path), status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Why this process may not run the file at `path`; `nil` where it may.
  public static func refusesToRun(_ path: String) -> SystemError? {
    unsafe access(FileName.octets(path), X_OK) == 0 ? nil : SystemError("access")
  }

  /// Opens a file for writing, with what is in it still there: it is nobody's to destroy before it is known what it is.
  ///
  /// - Returns: its descriptor, and whether it was made for this.
  /// - Throws: `SystemError` where it cannot be opened.
  public static func openForWriting(_ path: String) throws(SystemError) -> (descriptor: Int32, isMade: Bool) {
    try Folder.openForWriting(path, at: AT_FDCWD)
  }

  /// Takes a file's name away.
  public static func remove(_ path: String) { unsafe unlink(FileName.octets(path)) }

  /// Makes a folder of a name that is nobody's yet, in `folder`, for this process's effective user alone.
  ///
  /// - Returns: its path.
  /// - Throws: `SystemError` where none can be made there.
  public static func makeTemporaryFolder(in folder: String) throws(SystemError) -> String {
    var template = FileName.octets("\(folder)/keepwatch-XXXXXX")
    // The C library writes the name into the array.
    guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
    return FileName.text(template.dropLast().map { UInt8(bitPattern: $0) })
  }

  /// Takes an empty folder away.
  public static func removeFolder(_ path: String) { unsafe rmdir(FileName.octets(path)) }

  /// Makes a named pipe for this process's effective user alone.
  ///
  /// - Throws: `SystemError` where none can be made.
  public static func makePipe(_ path: String) throws(SystemError) {
    guard unsafe mkfifo(FileName.octets(path), 0o600) == 0 else { throw SystemError("mkfifo") }
  }

  fileprivate static func status(_ path: String) -> stat? {
    var status = stat()
    return unsafe stat(FileName.octets(path), &status) == 0 ? status : nil
  }
}

/// Which file something is, whatever its names: hard links and symbolic links to it have the same.
public struct FileIdentity: Equatable {
  private let device: dev_t
  private let number: ino_t
  private let kind: mode_t

  /// The file at `path`, symbolic links followed; `nil` where there is none.
  public init?(path: String) {
    guard let status = FileSystem.status(path) else { return nil }
    self.init(status)
  }

  /// What stands open as `descriptor`; `nil` where nothing does.
  public init?(descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = status.st_dev
    number = status.st_ino
    kind = status.st_mode & S_IFMT
  }

  /// Whether it is a regular file.
  public var isRegular: Bool { kind == S_IFREG }

  /// Whether what was in it is lost when it is written: a regular file, or a block device.
  public var isOnDisk: Bool { kind == S_IFREG || kind == S_IFBLK }

  /// Whether it is a terminal, /dev/null and the like, which several may write to.
  public var isCharacterDevice: Bool { kind == S_IFCHR }
}
