import ApplicationLog
import ArgumentParser
import CLinux
import FileNames
import Glibc
import PacketCapture
import Reporting

/// A program that `keepwatch run` starts, under strace where that can be had.
final class WatchedProgram {
  /// What strace writes, where it traces.
  private(set) var logs: [ApplicationLogFile] = []
  /// The exit status, once it has ended: its own, or 128 + n where signal n ended it.
  private(set) var status: Int32?

  private let command: [String]
  private let path: String
  private let user: uid_t
  private let group: gid_t
  private var tracer: [String] = []
  private var folder: String?
  private var process: pid_t = 0

  /// Finds the program and strace; nothing is started yet.
  ///
  /// - Throws: the exit statuses 126 and 127, after a message, where there is no such program.
  init(_ command: [String], saveStrace: String?) throws {
    self.command = command
    guard let path = Self.find(command[0]) else {
      complain("\(command[0]) was not found.")
      throw ExitCode(127)
    }
    guard unsafe access(FileName.octets(path), X_OK) == 0 else {
      complain("\(path) may not be run: \(ErrorName.text(errno)).")
      throw ExitCode(126)
    }
    self.path = path
    // 0: nobody else.
    (user, group) = Privileges.sudoUser ?? (0, 0)
    try prepareTracer(saveStrace)
  }

  deinit {
    guard let folder else { return }
    unsafe unlink(folder + "/calls")
    unsafe rmdir(folder)
  }

  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// The file of a program's name, as a shell finds it.
  private static func find(_ name: String) -> String? {
    if name.contains("/") { return fileExists(name) ? name : nil }
    let folders = (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first(where: isProgram)
  }

  private static func isProgram(_ path: String) -> Bool {
    let isAllowed = unsafe access(FileName.octets(path), X_OK) == 0
    return isAllowed && isRegularFile(path)
  }

  // MARK: strace

  /// Makes ready for strace: a named pipe that only this user, and the program's, can open.
  private func prepareTracer(_ saved: String?) throws {
    guard let strace = Self.find("strace") else {
      return complain(
        "strace is not installed, so the program's calls cannot be shown, only its packets. On Debian and Ubuntu: sudo apt "
          + "install strace")
    }
    let words = [strace, "-D", "-f", "-q", "-ttt", "-T", "-yy", "-s", "64", "-e", "trace=" + StraceLog.tracedCalls]
    guard canTrace(words) else {
      return complain(
        "strace may not trace here (ptrace is restricted: kernel.yama.ptrace_scope, or a container), so the program's calls "
          + "cannot be shown, only its packets.")
    }
    if let saved { try createFile(saved) }
    let path = try saved ?? makePipe()
    do throws(ApplicationLogFile.Failure) { logs = [try ApplicationLogFile(path: path, format: .strace)] } catch {
      complain(error.description)
      throw ExitCode(125)
    }
    tracer = words + ["-o", path, "--"]
  }

  private func canTrace(_ words: [String]) -> Bool {
    guard let nothing = Self.find("true") else { return false }
    let child = start(words[0], words + ["-o", "/dev/null", "--", nothing])
    var status: Int32 = -1
    if child > 0 { while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {} }
    return child > 0 && status == 0
  }

  /// Creates a file that the program's user can write.
  private func createFile(_ path: String) throws {
    let descriptor = unsafe open(FileName.octets(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("\(path) cannot be written") }
    if user != 0 { _ = fchown(descriptor, user, group) }
    close(descriptor)
  }

  /// Makes a named pipe that only the program's user, and root, can open.
  private func makePipe() throws -> String {
    // Under sudo never in a folder of that user's, where he could put something else in the pipe's place before chown().
    let temporary = user == 0 ? Self.environment("TMPDIR") ?? "/tmp" : "/tmp"
    var template = Array("\(temporary)/keepwatch-XXXXXX".utf8CString)
    // The C library writes the name into the array.
    guard unsafe mkdtemp(&template) != nil else { throw failure("No folder can be made in \(temporary)") }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    self.folder = folder
    let pipe = folder + "/calls"
    guard unsafe mkfifo(pipe, 0o600) == 0 else { throw failure("No pipe can be made in \(folder)") }
    if user != 0 {
      _ = unsafe chown(pipe, user, group)
      _ = unsafe chown(folder, user, group)
    }
    return pipe
  }

  private func failure(_ what: String) -> ExitCode {
    complain("\(what): \(ErrorName.text(errno)).")
    return ExitCode(125)
  }

  // MARK: The process

  /// Starts the program.
  ///
  /// - Throws: the exit status 126, after a message, where that fails.
  func start() throws {
    process = start(tracer.first ?? path, tracer + command)
    guard process > 0 else {
      complain("\(path) could not be started: \(ErrorName.text(errno)).")
      throw ExitCode(126)
    }
    linux_pass_signals(process)
  }

  private func start(_ file: String, _ words: [String]) -> pid_t {
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup(FileName.octets($0)) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    // The child has a copy of the strings.
    return unsafe linux_start_program(FileName.octets(file), &arguments, user, group)
  }

  /// Looks whether it has ended.
  func poll() {
    var word: Int32 = 0
    guard status == nil, process > 0, unsafe waitpid(process, &word, WNOHANG) == process else { return }
    status = word & 0x7f == 0 ? word >> 8 & 0xff : 128 + word & 0x7f
  }
}
