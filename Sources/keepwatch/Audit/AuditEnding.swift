import ArgumentParser
import Findings
import Presenting

/// What an audit ends with.
extension AuditVerb {
  func showsNoSockets() -> ExitCode {
    ending("the kernel does not show its sockets (sock_diag(7)).", status: 1)
  }

  /// The end, with a message; a monitoring system reads one line, and knows 3 for what is not known.
  func ending(_ message: String, status: Int32) -> ExitCode {
    guard check else {
      complain(message)
      return ExitCode(status)
    }
    let output = Output()
    output.line("KEEPWATCH UNKNOWN - \(message)")
    output.flush()
    return ExitCode(3)
  }

  func fails(_ audit: Audit) -> Bool {
    failOn.contains(.hanging) && !audit.hanging.isEmpty
      || failOn.contains(.neverNoticed) && !audit.neverNoticed.isEmpty
      || failOn.contains(.unknown) && audit.connections.contains { $0.notice == .unknown }
      || !audit.slower(than: maxNoticedAfter).isEmpty
  }

  func checkStatus(_ audit: Audit) -> Int32 {
    if !audit.hanging.isEmpty { return 2 }
    if fails(audit) { return 1 }
    return audit.reach.helperFailure == nil ? 0 : 3
  }
}
