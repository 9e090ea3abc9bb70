import CLinux

/// What signals do to this program; CLinux's handlers do it (Signals.h).
enum Signals {
  /// The ending signal that was noted; `nil` before one comes.
  static var noted: Int32? {
    let number = linux_noted_signal()
    return number == 0 ? nil : number
  }

  /// Ends this program by a signal, so that a shell sees which.
  static func end(by signal: Int32) -> Never { linux_end_by_signal(signal) }
}
