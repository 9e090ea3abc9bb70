import CPcap

/// libpcap's functions, loaded when they are first needed (CPcap.h says why).
enum Libpcap {
  /// Why libpcap could not be loaded.
  struct LoadError: Error {
    /// What dlopen(3) says.
    let reason: String
  }

  private static let loaded: Result<libpcap, LoadError> = {
    let functions = UnsafeMutablePointer<libpcap>.allocate(capacity: 1)
    defer { unsafe functions.deallocate() }
    if let reason = unsafe libpcap_load(functions) {
      return .failure(LoadError(reason: unsafe String(cString: reason)))
    }
    return unsafe .success(functions.pointee)
  }()

  /// The functions.
  static func functions() throws(LoadError) -> libpcap { try loaded.get() }

  /// The functions, to capture with.
  static func forCapture() throws(LiveCaptureError) -> libpcap {
    do throws(LoadError) { return try functions() } catch {
      throw LiveCaptureError(isPrivilege: false, description: "Capturing needs libpcap: \(error.reason).")
    }
  }
}

extension libpcap {
  /// Why the last call with `handle` failed, in libpcap's words.
  func reason(_ handle: OpaquePointer) -> String { unsafe geterr(handle).map { unsafe String(cString: $0) } ?? "" }

  /// What a status says, in libpcap's words.
  func reason(_ status: Int32) -> String { unsafe statustostr(status).map { unsafe String(cString: $0) } ?? "" }
}
