import Foundation
import Testing

@testable import PacketWire

/// The name that other tools have for a connection, and the hash below it.
@Suite struct CommunityIDTests {
  private func hex(_ octets: [UInt8]) -> String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test(
    "SHA-1 gives the digests of NIST's examples, and of messages around the length of a block",
    arguments: [
      ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
      ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
      ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
      (String(repeating: "a", count: 1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
    ])
  func digest(message: String, digest: String) { #expect(hex(SHA1.digest(Array(message.utf8))) == digest) }

  @Test("Both directions of a connection have the name that the specification's example gives it")
  func example() {
    // github.com/corelight/community-id-spec, baseline/baseline_deflt.json: 128.232.110.120:34855 and 66.35.250.204:80.
    let pair = SocketPair(
      SocketAddress(address: IPAddress(ipv4: 0x80e8_6e78), port: 34855),
      SocketAddress(address: IPAddress(ipv4: 0x4223_facc), port: 80))
    #expect(pair.communityID == "1:LQU9qZlK+B5F3KDmev6m5PMibrg=")
    #expect(pair.reversed.communityID == pair.communityID)
  }

  @Test("Base 64 pads what is no multiple of three octets")
  func base64Digits() {
    for text in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
      #expect(base64(Array(text.utf8)) == Data(text.utf8).base64EncodedString())
    }
  }
}
