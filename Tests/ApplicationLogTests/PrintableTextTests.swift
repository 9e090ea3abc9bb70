import ApplicationLog
import SystemCalls
import Testing

@Suite struct PrintableTextTests {
  @Test(
    "What a terminal might obey or a reader be misled by is replaced, one by one",
    arguments: [
      "\u{1b}", "\u{7}", "\n", "\u{7f}", "\u{80}", "\u{9b}", "\u{9f}", "\u{61c}", "\u{200e}", "\u{200f}", "\u{202a}",
      "\u{202e}", "\u{2066}", "\u{2069}", "\u{2028}", "\u{2029}", "\u{10f7ff}",
    ])
  func replaced(scalar: String) {
    #expect("a\(scalar)b\(scalar)".printable == "a\u{fffd}b\u{fffd}")
  }

  @Test("Letters of all languages, joiners and signs stay", arguments: ["naïve", "日本", "👩‍💻", "نامه‌ای", "#$%", ""])
  func kept(text: String) { #expect(text.printable == text) }

  @Test("A name of any octets becomes a text, and the same octets again")
  func names() {
    var random = SystemRandomNumberGenerator()
    let chosen: [[UInt8]] = [
      [0xff], [0x61, 0xc3], [0xc3, 0xa9], Array("\u{10f780}\u{10f7ff}é".utf8), [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x92],
      [0xc0, 0x80],
    ]
    let others = (0..<2000).map { _ in
      (0..<Int.random(in: 0...12, using: &random)).map { _ in UInt8.random(in: 1...255, using: &random) }
    }
    for name in chosen + others {
      #expect(FileName.octets(FileName.text(name)).map { UInt8(bitPattern: $0) } == name + [0])
    }
    #expect(FileName.text(Array("captures/é.pcap".utf8)) == "captures/é.pcap")
  }
}
