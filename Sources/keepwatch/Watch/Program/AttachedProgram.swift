import ApplicationLog
import ArgumentParser
import KernelView
import SystemCalls

/// A program that runs already: nothing of it is touched, unless its calls are to be traced for a while.
final class AttachedProgram: WatchedProcess {
  var logs: [ApplicationLogFile] { pipe.map { [$0.log] } ?? [] }
  var process: Int32? { identity.process }
  private(set) var hasEnded = false
  /// This watch ends with a status of its own.
  var status: Int32? { nil }
  let takesSignals = false

  /// How long strace may take to leave the program, in nanoseconds.
  private static let longestLeave: Int64 = 10_000_000_000

  private let identity: ProcessIdentity
  private let users: Users
  /// How long calls are traced, in seconds; `nil` where they are not.
  private let traceLimit: Int?
  private var tracer: Tracer?
  private var pipe: CallsPipe?
  private var strace: StartedProgram?
  private var traceEnd = Int64.max
  private var isLeaving = false

  /// Finds the process, and strace where calls are to be traced.
  ///
  /// - Throws: the exit status 125, after a message, where there is no such process.
  init(_ process: Int32, tracingFor traceLimit: Int?, users: Users, saving calls: OpenedOutput?) throws {
    guard let identity = ProcessIdentity(process) else {
      complain("There is no process \(process).")
      throw ExitCode(125)
    }
    self.identity = identity
    self.users = users
    self.traceLimit = traceLimit
    guard traceLimit != nil, let tracer = Tracer(for: nil) else { return }
    self.tracer = tracer
    let pipe = try CallsPipe(users)
    if let calls { pipe.log.copy(to: calls.begin()) }
    pipe.log.name(program: identity.name.printable)
    self.pipe = pipe
  }

  func start() throws {
    guard let tracer, let pipe, let traceLimit else { return }
    complain(
      "the calls of process \(identity.process) are traced for \(traceLimit) s (--trace-limit): strace stops each of its "
        + "threads twice at every system call, which a busy server feels")
    let words = tracer.attaching(to: identity.process, writingTo: pipe.log)
    do throws(SystemError) { strace = try StartedProgram(words[0], words, as: nil) } catch {
      return complain("strace could not be started: \(error.text).")
    }
    strace?.expectSignals(goesOnAsAnother: users.reader != nil || users.caller != nil)
    traceEnd = currentTime() + Int64(traceLimit) * 1_000_000_000
    pipe.awaitWriter { [strace] in
      strace?.poll()
      return strace?.status != nil
    }
  }

  func poll(_ tell: (String) -> Void) {
    if !identity.isAlive { hasEnded = true }
    strace?.poll()
    if let status = strace?.status {
      if !isLeaving, status != 0, !hasEnded {
        tell("strace could not trace process \(identity.process), or was ended: status \(status)")
      }
      strace = nil
    } else if currentTime() >= traceEnd {
      traceEnd = .max
      isLeaving = true
      strace?.interrupt()
      tell("the calls of process \(identity.process) are traced no more; packets and sockets are watched on")
    }
  }

  func finish() {
    guard let strace else { return }
    strace.interrupt()
    let deadline = currentTime() + Self.longestLeave
    while strace.status == nil, currentTime() < deadline {
      pause(milliseconds: 5)
      // What it still writes would make it wait.
      _ = pipe?.log.hasWriter
      strace.poll()
    }
  }
}
