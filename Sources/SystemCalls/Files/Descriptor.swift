import CLinux
import Glibc

/// What stands open in this process, by its number; whoever opened it closes it.
public enum Descriptor {
  /// Standard input.
  public static let standardInput = STDIN_FILENO
  /// Standard output.
  public static let standardOutput = STDOUT_FILENO
  /// Standard error.
  public static let standardError = STDERR_FILENO

  /// Lets no file that is opened later become standard input, output or error, and no program that is started inherit another
  /// descriptor than these three.
  ///
  /// To be called first of all.
  public static func setApart() {
    linux_open_standard_descriptors()
    linux_keep_descriptors_from_programs()
  }

  /// Marks what libraries opened close-on-exec; nothing may be started meanwhile.
  public static func keepFromPrograms() { linux_keep_descriptors_from_programs() }

  /// Whether it is a terminal.
  public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// A second number, above those of standard error, for what stands open as `descriptor`.
  ///
  /// - Throws: `SystemError` where none is left.
  public static func duplicate(_ descriptor: Int32) throws(SystemError) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw SystemError("fcntl") }
    return copy
  }

  /// Closes it.
  public static func close(_ descriptor: Int32) { Glibc.close(descriptor) }

  /// Empties a regular file, and goes to its beginning.
  public static func empty(_ descriptor: Int32) {
    ftruncate(descriptor, 0)
    lseek(descriptor, 0, SEEK_SET)
  }

  /// Takes the last `count` octets of a regular file away, at whose end it stands.
  ///
  /// - Returns: whether that was possible: not with a pipe.
  public static func takeBack(_ count: Int, from descriptor: Int32) -> Bool {
    let end = lseek(descriptor, 0, SEEK_CUR)
    return end >= 0 && ftruncate(descriptor, end - off_t(count)) == 0
  }

  /// Waits until one of `descriptors` is readable, has ended or failed, or `milliseconds` have passed.
  ///
  /// - Returns: those.
  public static func wait(for descriptors: [Int32], milliseconds: Int32) -> Set<Int32> {
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    // poll writes the events into the array's storage.
    guard unsafe poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return [] }
    return Set(polled.filter { $0.revents != 0 }.map(\.fd))
  }

  /// Whether the other end is gone, or what it stands for.
  public static func hasHungUp(_ descriptor: Int32) -> Bool {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    // poll writes the events into the structure.
    return unsafe poll(&polled, 1, 0) > 0 && polled.revents & Int16(POLLHUP | POLLERR) != 0
  }

  /// Reads once what is there, at most `count` octets.
  ///
  /// - Returns: the octets; none at the end.
  /// - Throws: `SystemError`; EAGAIN where nothing is there yet.
  public static func read(_ descriptor: Int32, atMost count: Int) throws(SystemError) -> [UInt8] {
    var octets = [UInt8](repeating: 0, count: count)
    // The kernel writes into the array's storage, at most its length.
    let done = unsafe octets.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
    guard done >= 0 else { throw SystemError("read") }
    octets.removeLast(count - done)
    return octets
  }

  /// Writes octets, all of them where nothing hinders; a signal that asks for the end interrupts a reader that does not read.
  ///
  /// - Returns: how many were written, and why no more; `nil` where all were.
  public static func write(_ octets: some Collection<UInt8>, to descriptor: Int32) -> (count: Int, error: SystemError?)
  {
    let octets = Array(octets)
    // The kernel reads from the array's storage, at most its length.
    let count = unsafe octets.withUnsafeBytes { unsafe linux_write(descriptor, $0.baseAddress, $0.count) }
    return (count, count == octets.count ? nil : SystemError("write"))
  }
}
