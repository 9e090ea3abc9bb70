/// A parameter of this process's network namespace, below /proc/sys/net/ipv4.
public enum KernelParameter {
  /// Sets a parameter.
  ///
  /// Only for a namespace of one's own: in the host's, others would be changed too.
  ///
  /// - Returns: whether the kernel took it.
  public static func set(_ name: String, to value: Int) -> Bool {
    (try? KernelFile.write("\(value)\n", to: "/proc/sys/net/ipv4/\(name)")) != nil
  }
}
