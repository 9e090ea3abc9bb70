extension String {
  /// Text from outside, as a file's or a program's name: control characters, which a terminal might obey, become U+FFFD.
  public var printable: String {
    let isControl = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .control }
    guard unicodeScalars.contains(where: isControl) else { return self }
    return String(map { $0.unicodeScalars.contains(where: isControl) ? "\u{fffd}" : $0 })
  }
}
