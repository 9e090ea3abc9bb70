import Findings
import KernelView

/// What this host's kernel counted, beside what was captured.
public enum KernelCountsText {
  /// A line where the kernel counted anything of keepalive, with what a difference means.
  public static func lines(_ kernel: TCPCounters, _ tally: EventTally, dropped: Int, style: TextStyle) -> [String] {
    guard kernel.keepaliveProbes > 0 || kernel.windowProbes > 0 || kernel.abortsOnTimeout > 0 else { return [] }
    var text =
      "This host's kernel counted meanwhile, on all interfaces: TcpExtTCPKeepAlive +\(kernel.keepaliveProbes), TcpExtTCPWinProbe "
      + "+\(kernel.windowProbes), TcpExtTCPAbortOnTimeout +\(kernel.abortsOnTimeout); captured, of all hosts: \(tally.probes), "
      + "\(tally.windowProbes) and \(tally.giveUps)."
    if kernel.keepaliveProbes > tally.probes {
      text +=
        dropped > 0
        ? " The capture lost \(counted(dropped, "packet")); probes may be among them."
        : " The others went over another interface, did not pass the filter, or never left: a probe is counted before it is "
          + "handed to the interface."
    }
    return [""] + style.wrapped(text, indent: 0)
  }
}
