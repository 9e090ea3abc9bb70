import ApplicationLog
import ArgumentParser
import CLinux
import FileNames
import Glibc
import PacketCapture
import Presenting

/// A program that `keepwatch run` starts, under strace where that can be had.
final class WatchedProgram {
  /// How long strace may take to open its pipe, in nanoseconds.
  private static let longestStart: Int64 = 30_000_000_000

  /// What strace writes, where it traces.
  private(set) var logs: [ApplicationLogFile] = []
  /// The exit status, once it has ended: its own, or 128 + n where signal n ended it.
  private(set) var status: Int32?

  private let command: [String]
  private let path: String
  private let users: Users
  private var tracer: [String] = []
  /// Where the pipe lies that strace writes into, until strace has opened it.
  private var folder: String?
  private var process: pid_t = 0
  /// Where what strace writes is saved.
  private var saved: OpenedOutput?
  /// Where signals for the program are written, as octets, when this process may not send them itself; else -1.
  private var signaller: Int32 = -1

  /// Finds the program and strace; nothing is started yet.
  ///
  /// - Throws: the exit statuses 126 and 127, after a message, where there is no such program.
  init(_ command: [String], users: Users, saving calls: OpenedOutput?) throws {
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
    self.users = users
    try prepareTracer(calls)
  }

  deinit {
    removePipe()
    if signaller >= 0 { close(signaller) }
  }

  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe FileName.text(terminated: value)
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

  /// Makes ready for strace: a named pipe, from which what it writes is copied to where it is to be saved.
  private func prepareTracer(_ saved: OpenedOutput?) throws {
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
    let log = try makePipe()
    if let saved { log.copy(to: saved.begin()) }
    self.saved = saved
    logs = [log]
    tracer = words + ["-o", log.path, "--"]
  }

  /// Makes a named pipe that only the program's user, and root, can open: made and opened with that user's rights, so that
  /// whatever somebody puts in its place is opened with no more than those.
  private func makePipe() throws -> ApplicationLogFile {
    let temporary = Self.environment("TMPDIR") ?? "/tmp"
    let made: Result<ApplicationLogFile, PipeFailure>
    do throws(PrivilegeError) {
      made = try users.withCallersRights {
        var template = FileName.octets("\(temporary)/keepwatch-XXXXXX")
        // The C library writes the name into the array.
        guard unsafe mkdtemp(&template) != nil else {
          return .failure(PipeFailure("No folder can be made in \(temporary): \(ErrorName.text(errno))."))
        }
        let folder = FileName.text(template.dropLast().map { UInt8(bitPattern: $0) })
        self.folder = folder
        guard unsafe mkfifo(FileName.octets(folder + "/calls"), 0o600) == 0 else {
          return .failure(PipeFailure("No pipe can be made in \(folder): \(ErrorName.text(errno))."))
        }
        do throws(ApplicationLogFile.Failure) {
          return .success(try ApplicationLogFile(path: folder + "/calls", format: .strace))
        } catch {
          return .failure(PipeFailure(error.description))
        }
      }
    } catch {
      throw stop(error)
    }
    switch made {
    case .success(let log): return log
    case .failure(let failure):
      complain(failure.description)
      throw ExitCode(125)
    }
  }

  private func removePipe() {
    guard let folder else { return }
    _ = try? users.withCallersRights {
      unsafe unlink(FileName.octets(folder + "/calls"))
      unsafe rmdir(FileName.octets(folder))
    }
    self.folder = nil
  }

  /// Why no pipe could be made.
  private struct PipeFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  private func canTrace(_ words: [String]) -> Bool {
    guard let nothing = Self.find("true") else { return false }
    let child = start(words[0], words + ["-o", "/dev/null", "--", nothing])
    var status: Int32 = -1
    if child > 0 { while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {} }
    return child > 0 && status == 0
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
    // Under root the program may be root's, and this process somebody else's from now on.
    let isOthers = users.reader.map { $0.user != users.caller?.user } ?? false
    signaller = isOthers ? linux_start_signaller(process) : -1
    linux_pass_signals(process, signaller)
    if tracer.isEmpty { return }
    // Nobody needs the pipe's name any more once strace has opened it, and root's could not be removed later.
    let deadline = currentTime() + Self.longestStart
    var isOpen = false
    while !isOpen, status == nil, currentTime() < deadline {
      usleep(1000)
      isOpen = logs.allSatisfy(\.hasWriter)
      poll()
    }
    if isOpen || status != nil { removePipe() }
  }

  private func start(_ file: String, _ words: [String]) -> pid_t {
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup(FileName.octets($0)) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    // The child has a copy of the strings.
    return unsafe linux_start_program(
      FileName.octets(file), &arguments, users.caller?.user ?? 0, users.caller?.group ?? 0)
  }

  /// Looks whether it has ended.
  func poll() {
    var word: Int32 = 0
    guard status == nil, process > 0, unsafe waitpid(process, &word, WNOHANG) == process else { return }
    status = word & 0x7f == 0 ? word >> 8 & 0xff : 128 + word & 0x7f
  }
}
