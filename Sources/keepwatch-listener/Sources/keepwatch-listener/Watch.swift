import Foundation

/// The watch that started this program, at the other ends of standard input and output.
actor Watch {
  static let shared = Watch()

  /// The watch has not answered in time.
  struct Silence: Error {}

  /// Prometheus waits ten seconds unless it is told otherwise, FlyingFox fifteen.
  private static let patience: Int32 = 5_000
  /// What follows each answer, as in OpenMetrics.
  private static let end = Array("# EOF\n".utf8)
  private static let mostOctets = 1 << 24

  /// The latest question's number: its answer begins with that, so that one that comes too late is not taken for another's.
  private var latest = 0
  /// Whether the watch knows where connections are taken; one may come before.
  private var hasBegun = false
  private var received: [UInt8] = []

  /// Ends this program when the watch has ended.
  static func endWithIt() {
    Thread.detachNewThread {
      var polled = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
      // Without an event that is asked for, only the pipe's end is told; the kernel writes into the structure.
      while unsafe poll(&polled, 1, -1) <= 0 {}
      exit(0)
    }
  }

  /// Tells where connections are taken: the first thing that the watch reads.
  func begin(at address: ListenAddress) {
    tell("\(address)")
    hasBegun = true
  }

  private func tell(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

  /// Asks, and waits for the answer.
  ///
  /// - Returns: its octets, the last line included that tells its end.
  /// - Throws: `Silence` where the watch does not answer.
  func ask(_ question: String) throws -> [UInt8] {
    guard hasBegun else { throw Silence() }
    latest += 1
    let head = Array("\(latest)\n".utf8)
    tell("\(latest) \(question)")
    while true {
      let answer = try nextAnswer()
      if answer.starts(with: head) { return Array(answer.dropFirst(head.count)) }
    }
  }

  private func nextAnswer() throws -> [UInt8] {
    while true {
      if let range = received.firstRange(of: Self.end), range.lowerBound == 0 || received[range.lowerBound - 1] == 10 {
        defer { received.removeSubrange(..<range.upperBound) }
        return Array(received[..<range.upperBound])
      }
      var polled = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&polled, 1, Self.patience) > 0, received.count < Self.mostOctets else { throw Silence() }
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      // The kernel writes into the array's storage, at most its length.
      let count = unsafe piece.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Silence() }
      received += piece[..<count]
    }
  }
}
