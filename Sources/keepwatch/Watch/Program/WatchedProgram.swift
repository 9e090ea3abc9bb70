import ApplicationLog
import ArgumentParser
import SystemCalls

/// A program that `keepwatch run` starts, under strace where that can be had.
final class WatchedProgram: WatchedProcess {
  /// What strace writes, where it traces.
  var logs: [ApplicationLogFile] { pipe.map { [$0.log] } ?? [] }
  /// The exit status, once it has ended: its own, or 128 + n where signal n ended it.
  var status: Int32? { started?.status }
  var process: Int32? { started?.process }
  /// It has ended, and so has what it has started: strace, which follows all of that, writes no more.
  var hasEnded: Bool { status != nil && !(pipe?.log.hasWriter ?? false) }
  let takesSignals = true

  private let command: [String]
  private let path: String
  private let users: Users
  private var words: [String]
  private var pipe: CallsPipe?
  private var started: StartedProgram?
  /// When it ended; 0 before, and the latest of all times once that is told.
  private var endTime: Int64 = 0
  /// How long strace may take to see that nothing is left, in nanoseconds.
  private static let longestLeave: Int64 = 1_000_000_000

  /// Finds the program and strace; nothing is started yet.
  ///
  /// - Throws: the exit statuses 126 and 127, after a message, where there is no such program.
  init(_ command: [String], users: Users, saving calls: OpenedOutput?) throws {
    self.command = command
    guard let path = ProgramSearch.file(of: command[0]) else {
      complain("\(command[0]) was not found.")
      throw ExitCode(127)
    }
    if let error = FileSystem.refusesToRun(path) {
      complain("\(path) may not be run: \(error.text).")
      throw ExitCode(126)
    }
    self.path = path
    self.users = users
    words = command
    guard let tracer = Tracer(for: users.caller) else { return }
    let pipe = try CallsPipe(users)
    if let calls { pipe.log.copy(to: calls.begin()) }
    words = tracer.starting(command, writingTo: pipe.log)
    self.pipe = pipe
  }

  /// Starts the program.
  ///
  /// - Throws: the exit status 126, after a message, where that fails.
  func start() throws {
    let started: StartedProgram
    do throws(SystemError) {
      started = try StartedProgram(pipe == nil ? path : words[0], words, as: users.caller)
    } catch {
      complain("\(path) could not be started: \(error.text).")
      throw ExitCode(126)
    }
    self.started = started
    // Under root the program may be root's, and this process somebody else's from now on.
    started.passSignals(goesOnAsAnother: users.reader.map { $0.user != users.caller?.user } ?? false)
    pipe?.awaitWriter {
      started.poll()
      return started.status != nil
    }
  }

  func poll(_ tell: (String) -> Void) {
    started?.poll()
    guard let status, endTime != .max else { return }
    if endTime == 0 { endTime = currentTime() }
    guard currentTime() > endTime + Self.longestLeave, !hasEnded else { return }
    endTime = .max
    tell(
      "\(command[0].printable) has ended with status \(status); what it has started runs on, and is watched until that ends, "
        + "or Ctrl-C")
  }

  func finish() {}
}
