import ArgumentParser
import CLinux
import Glibc

/// Waits for descriptors to become readable; the first signal that asks for the end arrives as one of them.
struct EventLoop {
  private let signals: Int32

  /// From here on the first ending signal only ends the watch, so that the run ends in order and with its summary.
  init() throws {
    signals = linux_end_in_order()
    guard signals >= 0 else { throw ValidationError("Signals cannot be watched: error \(errno).") }
  }

  /// Waits until one of `descriptors` is readable or `milliseconds` have passed.
  ///
  /// - Returns: the readable ones, and whether the user asked for the end.
  func wait(for descriptors: [Int32], milliseconds: Int32) -> (readable: Set<Int32>, isEnding: Bool) {
    var polled = (descriptors + [signals]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    // poll writes the events into the array's storage.
    let count = unsafe poll(&polled, nfds_t(polled.count), milliseconds)
    linux_drain_signals()
    let readable = count > 0 ? Set(polled.filter { $0.revents != 0 }.map(\.fd)) : []
    return (readable, Signals.noted != nil)
  }
}

/// The time now, in nanoseconds since the epoch: the clock of the packets' times.
func currentTime() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
