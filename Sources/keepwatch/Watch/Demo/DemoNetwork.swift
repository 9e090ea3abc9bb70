import ArgumentParser
import PacketCapture
import SystemCalls

/// Changes a demo's private network, when this process may not any more: a process of its own does it at its word.
final class DemoNetwork {
  /// How long a change may take, in nanoseconds.
  private static let longestWait: Int64 = 5_000_000_000

  private let process: ChildProcess

  /// Starts that process; to be called before privileges go.
  ///
  /// - Throws: `ChildProcess.Failure`.
  init() throws(ChildProcess.Failure) {
    process = try ChildProcess(arguments: ["demo", "network"], takesCues: true)
  }

  /// Takes `lo` down.
  ///
  /// - Returns: whether that succeeded.
  func takeLoopbackDown() -> Bool { ask("down") }

  /// Sets a parameter below net/ipv4.
  ///
  /// - Returns: whether the kernel took it.
  func set(_ name: String, to value: Int) -> Bool { ask("set \(name) \(value)") }

  private func ask(_ words: String) -> Bool {
    process.tell(words)
    let deadline = currentTime() + Self.longestWait
    while currentTime() < deadline, !process.isAtEnd {
      if let answer = process.readLines().first { return answer == "done" }
      _ = Descriptor.wait(for: [process.output], milliseconds: 100)
    }
    return false
  }
}

extension Demo {
  /// `keepwatch demo network`: the one process of a demo that keeps a privilege, CAP_NET_ADMIN.
  ///
  /// It sees no packet. Its input is a line from the demo for each change, its output a line that says whether it was made.
  struct Network: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "network", abstract: "Change the demo's private network.", shouldDisplay: false)

    mutating func run() throws {
      try Users.running().goOn(keepingNetworkAdministration: true)
      // After that: with another user the kernel forgets it (prctl(2)).
      Signals.dieWithParent()
      let output = Output()
      while let words = readLine()?.split(separator: " ") {
        output.line(Self.isDone(words) ? "done" : "failed")
        output.flush()
      }
    }

    private static func isDone(_ words: [Substring]) -> Bool {
      if words == ["down"] { return PrivateNetwork.takeLoopbackDown() }
      guard words.count == 3, words[0] == "set", let value = Int(words[2]),
        words[1].utf8.allSatisfy({ $0 == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
      else { return false }
      return KernelParameter.set(String(words[1]), to: value)
    }
  }
}
