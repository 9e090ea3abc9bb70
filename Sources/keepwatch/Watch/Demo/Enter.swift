import SystemCalls

/// The key by which a reader goes on.
enum Enter {
  /// Asks for it, and waits until it comes, or the input's end, or a signal that asks for the end.
  static func wait(_ question: String, _ page: TextPage) {
    page.lines(["", question])
    page.output.flush()
    while Signals.noted == nil {
      guard Descriptor.wait(for: [Descriptor.standardInput], milliseconds: 200).contains(Descriptor.standardInput)
      else {
        continue
      }
      // One octet at a time: what follows the line is for the next question.
      let octet = try? Descriptor.read(Descriptor.standardInput, atMost: 1)
      if octet?.first.map({ $0 == UInt8(ascii: "\n") }) ?? true { return }
    }
  }
}
