import Glibc

/// A parameter of this process's network namespace, below /proc/sys/net/ipv4.
public enum KernelParameter {
  /// Sets a parameter.
  ///
  /// Only for a namespace of one's own: in the host's, others would be changed too.
  ///
  /// - Returns: whether the kernel took it.
  public static func set(_ name: String, to value: Int) -> Bool {
    let descriptor = unsafe open("/proc/sys/net/ipv4/\(name)", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let bytes = Array("\(value)\n".utf8)
    // The kernel reads from the array's storage, exactly its length.
    return unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) } == bytes.count
  }
}
