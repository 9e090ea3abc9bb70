import FileNames
import Glibc

/// Whether something lies at `path`.
func fileExists(_ path: String) -> Bool { unsafe access(FileName.octets(path), F_OK) == 0 }

/// Whether a file lies at `path` that can be read twice.
func isRegularFile(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false }

/// Whether two paths lead to one file.
func isSameFile(_ first: String, _ second: String) -> Bool {
  guard let one = status(first), let other = status(second) else { return false }
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino
}

/// The octets of a file; `nil` where something else lies at `path`, or nothing.
func fileSize(_ path: String) -> Int? {
  guard let status = status(path), status.st_mode & S_IFMT == S_IFREG else { return nil }
  return Int(status.st_size)
}

private func status(_ path: String) -> stat? {
  var status = stat()
  return unsafe stat(FileName.octets(path), &status) == 0 ? status : nil
}
