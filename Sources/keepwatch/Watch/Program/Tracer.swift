import ApplicationLog
import SystemCalls

/// strace(1): whether it may trace here, and its command line.
///
/// --seccomp-bpf would spare the calls that nobody asked for: but where strace ends before the program, whose filter stays, the
/// program's calls would fail with ENOSYS (seccomp(2), SECCOMP_RET_TRACE). A program must outlive what watches it.
struct Tracer {
  /// Its file.
  let path: String
  private var words: [String] {
    [path, "-f", "-q", "-ttt", "-T", "-yy", "-s", "64", "-e", "trace=" + StraceLog.tracedCalls]
  }

  /// Finds it, and tries it as the user who called; `nil`, after a message, where calls cannot be traced.
  init?(for caller: Account?) {
    guard let path = ProgramSearch.file(of: "strace") else {
      complain(
        "strace is not installed, so the program's calls cannot be shown, only its packets. On Debian and Ubuntu: sudo apt "
          + "install strace")
      return nil
    }
    self.path = path
    guard canTrace(as: caller) else {
      complain(
        "strace may not trace here (ptrace is restricted: kernel.yama.ptrace_scope, or a container), so the program's calls "
          + "cannot be shown, only its packets.")
      return nil
    }
  }

  /// The words that start a program under it, which stays this process's child: the tracer is the grandchild.
  func starting(_ command: [String], writingTo log: ApplicationLogFile) -> [String] {
    words + ["-D", "-o", log.path, "--"] + command
  }

  /// The words that attach it to a process and its threads.
  func attaching(to process: Int32, writingTo log: ApplicationLogFile) -> [String] {
    words + ["-o", log.path, "-p", "\(process)"]
  }

  private func canTrace(as caller: Account?) -> Bool {
    guard let nothing = ProgramSearch.file(of: "true") else { return false }
    let trial = try? StartedProgram(path, words + ["-o", "/dev/null", "--", nothing], as: caller)
    return trial?.succeeds() ?? false
  }
}
