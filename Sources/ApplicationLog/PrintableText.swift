import SystemCalls

extension Unicode.Scalar {
  /// Whether a terminal might obey it, or a reader be misled by it.
  ///
  /// It is a control character, C1's among them (U+009B begins a sequence as ESC [ does); one that changes the direction of
  /// the text around it (UAX #9 §2); one that ends a line or paragraph; or a file name's octet that is no text.
  public var misleads: Bool {
    switch value {
    case 0..<0x20, 0x7f...0x9f: true
    case 0x61c, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069: true
    case 0x2028...0x2029: true
    default: FileName.isOctet(self)
    }
  }
}

extension String {
  /// Text from outside, as a file's or a program's name: what might mislead becomes U+FFFD.
  public var printable: String {
    guard utf8.contains(where: { $0 < 0x20 || $0 >= 0x7f }) else { return self }
    var text = ""
    text.unicodeScalars.append(contentsOf: unicodeScalars.lazy.map { $0.misleads ? "\u{fffd}" : $0 })
    return text
  }
}
