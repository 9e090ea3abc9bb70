import CLinux

/// Waits for descriptors to become readable; the first signal that asks for the end arrives as one of them.
public struct EventLoop {
  private let signals: Int32

  /// From here on the first ending signal only ends the watch, so that the run ends in order and with its summary.
  ///
  /// - Throws: `SystemError` where there is no descriptor left.
  public init() throws(SystemError) {
    signals = linux_end_in_order()
    guard signals >= 0 else { throw SystemError("eventfd") }
  }

  /// Waits until one of `descriptors` is readable or `milliseconds` have passed.
  ///
  /// - Returns: the readable ones, and whether the user asked for the end.
  public func wait(for descriptors: [Int32], milliseconds: Int32) -> (readable: Set<Int32>, isEnding: Bool) {
    let readable = Descriptor.wait(for: descriptors + [signals], milliseconds: milliseconds)
    linux_drain_signals()
    return (readable, Signals.noted != nil)
  }
}
