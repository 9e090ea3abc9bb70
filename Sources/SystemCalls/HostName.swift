import Glibc

/// What hosts are called.
public enum HostName {
  /// This one's name (gethostname(2)).
  public static var own: String {
    // HOST_NAME_MAX and the NUL.
    var name = [UInt8](repeating: 0, count: 65)
    // The C library writes into the array's storage, at most its length.
    let status = unsafe name.withUnsafeMutableBytes { buffer in
      guard let storage = buffer.baseAddress else { return Int32(-1) }
      return unsafe gethostname(storage.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    return status == 0 ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "this host"
  }
}
