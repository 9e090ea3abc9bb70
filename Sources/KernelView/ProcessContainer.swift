/// The container that a process runs in, as far as its control groups tell.
public enum ProcessContainer {
  /// The identifiers of Docker's, containerd's, CRI-O's and Podman's containers: so many hexadecimal digits.
  private static let identifierLength = 64

  /// The container's identifier; `nil` where the process is in none, or its control groups do not tell.
  public static func identifier(of process: Int32) -> String? {
    ProcFile.text("/proc/\(process)/cgroup").flatMap(identifier(inControlGroups:))
  }

  /// The identifier in the text of /proc/PID/cgroup: "0::/system.slice/docker-IDENTIFIER.scope",
  /// "…/kubepods/besteffort/pod…/IDENTIFIER", "…/libpod-IDENTIFIER.scope/container".
  static func identifier(inControlGroups text: String) -> String? {
    let words: [Substring] = text.split(whereSeparator: { !$0.isLetter && !$0.isNumber })
    let identifier = words.last { word in
      word.count == identifierLength && word.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }
    return identifier.map(String.init)
  }
}
