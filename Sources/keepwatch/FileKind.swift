import FileNames
import Glibc

extension FileName {
  /// The text for a name in C's memory, which ends with NUL.
  static func text(terminated name: UnsafePointer<CChar>) -> String {
    text(unsafe UnsafeBufferPointer(start: name, count: strlen(name)).map { UInt8(bitPattern: $0) })
  }
}

/// Whether something lies at `path`.
func fileExists(_ path: String) -> Bool { unsafe access(FileName.octets(path), F_OK) == 0 }

/// Whether a file lies at `path` that can be read twice.
func isRegularFile(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false }

/// The octets of a file; `nil` where something else lies at `path`, or nothing.
func fileSize(_ path: String) -> Int? {
  guard let status = status(path), status.st_mode & S_IFMT == S_IFREG else { return nil }
  return Int(status.st_size)
}

private func status(_ path: String) -> stat? {
  var status = stat()
  return unsafe stat(FileName.octets(path), &status) == 0 ? status : nil
}

/// Which file something is, whatever its names: hard links and symbolic links to it have the same.
struct FileIdentity: Equatable {
  private let device: dev_t
  private let number: ino_t
  private let kind: mode_t

  /// The file at `path`, symbolic links followed; `nil` where there is none.
  init?(path: String) {
    guard let status = status(path) else { return nil }
    self.init(status)
  }

  /// What stands open as `descriptor`; `nil` where nothing does.
  init?(descriptor: Int32) {
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
  var isRegular: Bool { kind == S_IFREG }

  /// Whether what was in it is lost when it is written: a regular file, or a block device.
  var isOnDisk: Bool { kind == S_IFREG || kind == S_IFBLK }

  /// Whether it is a terminal, /dev/null and the like, which several may write to.
  var isCharacterDevice: Bool { kind == S_IFCHR }
}
