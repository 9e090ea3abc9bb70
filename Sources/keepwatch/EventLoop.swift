import ArgumentParser
import CLinux
import Glibc

/// Waits for descriptors to become readable; Ctrl-C and SIGTERM arrive as one of them, not as interruptions.
struct EventLoop {
  private let signals: Int32

  /// Blocks the ending signals from here on, so that a run ends in order and with its summary.
  init() throws {
    signals = linux_open_signal_descriptor()
    guard signals >= 0 else { throw ValidationError("Signals cannot be watched: error \(errno).") }
  }

  /// Waits until one of `descriptors` is readable or `milliseconds` have passed.
  ///
  /// - Returns: the readable ones, and whether the user asked for the end.
  func wait(for descriptors: [Int32], milliseconds: Int32) -> (readable: Set<Int32>, isEnding: Bool) {
    var polled = (descriptors + [signals]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    // poll writes the events into the array's storage.
    let count = unsafe poll(&polled, nfds_t(polled.count), milliseconds)
    guard count > 0 else { return ([], false) }
    let readable = Set(polled.filter { $0.revents != 0 }.map(\.fd))
    return (readable, readable.contains(signals))
  }

  /// The ending signal that waits, and whether a process sent it rather than the terminal; `nil` where none does.
  func takeSignal() -> (number: Int32, isFromProcess: Bool)? {
    var isFromProcess: Int32 = 0
    let number = unsafe linux_read_signal(signals, &isFromProcess)
    return number > 0 ? (number, isFromProcess != 0) : nil
  }
}

/// The time now, in nanoseconds since the epoch: the clock of the packets' times.
func currentTime() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
