import ApplicationLog

/// What a program does that no packet and no call on a TCP socket shows.
struct ProgramHabits {
  private var unixPaths: [String] = []
  private var usesRing = false

  /// Takes a call.
  mutating func take(_ call: ApplicationCall) {
    if call.call == "io_uring_setup" { usesRing = true }
    if call.call == "connect", call.remote == nil, let text = call.text, text.hasPrefix("AF_UNIX ") {
      unixPaths.append(String(text.dropFirst("AF_UNIX ".count)))
    }
  }

  /// A sentence for each.
  var sentences: [String] {
    var sentences: [String] = []
    if let first = unixPaths.first {
      let more = unixPaths.count > 1 ? " and \(unixPaths.count - 1) more" : ""
      sentences.append(
        "It talks through the UNIX socket \(first)\(more) too: no packet of that can be captured, and TCP keepalive has no part "
          + "in it.")
    }
    if usesRing {
      sentences.append(
        "It uses io_uring: what it does through that is no system call, and strace does not see it. Calls may be missing here."
      )
    }
    return sentences
  }
}
