/// Files beside the sources that the build embeds in the program: styles and a script, each in its own language.
enum EmbeddedText {
  /// A file's text, without its last line's end.
  static func of(_ octets: [UInt8]) -> String { String(decoding: octets.dropLast(), as: UTF8.self) }
}
