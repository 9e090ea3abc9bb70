import Presenting
import Testing

@Suite struct DurationTextTests {
  @Test("Any number has a text, however large, and what is no number too")
  func anyNumber() {
    #expect(DurationText.text(.nan) == "?")
    for value in [Double.infinity, -.infinity, 1e300, -1e300, 9.3e9] {
      #expect(DurationText.text(value).hasSuffix("centuries"))
      #expect(!DurationText.fixed(value, 2).isEmpty)
    }
    #expect(DurationText.fixed(.nan, 1) == "0.0")
    #expect(DurationText.text(4_600_000_000) == "53240d 17h")
    #expect(DurationText.text(-2) == "-2.00 s")
  }
}
