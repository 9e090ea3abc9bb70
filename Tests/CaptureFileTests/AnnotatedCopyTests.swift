import Foundation
import PacketWire
import Testing

@testable import CaptureFile

/// Copies with comments, and what becomes of files that are damaged.
@Suite struct AnnotatedCopyTests {
  /// A file copied with a comment on every second frame.
  static func copy(_ file: [UInt8]) throws -> (copy: [UInt8], outcome: AnnotatedCopy.Outcome?, error: CaptureFileError?)
  {
    var outcome: AnnotatedCopy.Outcome?
    var failure: CaptureFileError?
    var content: [UInt8] = []
    try withFile(file) { source in
      let sequence = CaptureSequence()
      sequence.add(path: source)
      let part = try #require(sequence.parts.first)
      content = try written { descriptor, path in
        do throws(CaptureFileError) {
          outcome = try AnnotatedCopy.write(from: part, to: descriptor, name: path) {
            $0 % 2 == 0 ? "frame \($0)" : nil
          }
        } catch {
          failure = error
        }
      }
    }
    return (content, outcome, failure)
  }

  static func pcapng(isBig: Bool) -> [UInt8] {
    var file = FileBuilder(isBig: isBig)
    for section in 0..<2 {
      file.section()
      file.interface()
      for packet in 0..<3 { file.packet(ticks: UInt64(section * 3 + packet), [UInt8](repeating: 7, count: 9 + packet)) }
    }
    return file.bytes
  }

  @Test("A copy has the same packets, whatever the byte order", arguments: [false, true])
  func samePackets(isBig: Bool) throws {
    let file = Self.pcapng(isBig: isBig)
    let (copy, outcome, error) = try Self.copy(file)
    #expect(outcome?.written == 3 && outcome?.withoutRoom == 0 && error == nil)
    #expect(readAll(copy).packets == readAll(file).packets && readAll(copy).error == nil)
    #expect(try readWithLibpcap(copy) == readWithLibpcap(file))
  }

  @Test("A copy without a comment is the file, octet for octet")
  func withoutComments() throws {
    var file = FileBuilder(isBig: true)
    file.section()
    file.interface()
    file.packet(ticks: 1, [1, 2, 3])
    #expect(try Self.copy(file.bytes).copy == file.bytes)
  }

  @Test("A simple packet block has no room for a comment, and is copied as it stands")
  func noRoom() throws {
    var file = FileBuilder(isBig: false)
    file.section()
    file.interface()
    for _ in 0..<2 {
      file.block(3) {
        $0.add(4 as UInt32)
        $0.bytes += [1, 2, 3, 4]
      }
    }
    let (copy, outcome, _) = try Self.copy(file.bytes)
    #expect(copy == file.bytes)
    #expect(outcome?.written == 0 && outcome?.withoutRoom == 1)
  }

  @Test("A pcap file without packets becomes a pcapng file without packets")
  func empty() throws {
    let header: [UInt8] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0]
    let (copy, outcome, error) = try Self.copy(header)
    #expect(outcome?.written == 0 && error == nil)
    #expect(try readWithLibpcap(copy) == [])
  }

  /// Blocks that no reader can go on behind, made of the one that begins at an offset.
  static let damages: [(name: String, damage: @Sendable (inout [UInt8], Int) -> Void)] = [
    ("a length that is no multiple of 4", { $0[$1 + 4] = 33 }),
    ("a length of more than a block can have", { $0[$1 + 7] = 1 }),
    ("another length at its end", { $0[$1 + Int($0[$1 + 4]) - 4] = 36 }),
    (
      "a section header without its magic",
      { $0.replaceSubrange($1..<$1 + 12, with: [10, 13, 13, 10, 28, 0, 0, 0, 1, 2, 3, 4]) }
    ),
  ]

  @Test("Where the reader finds a block damaged, the copy ends with the same words", arguments: damages.map(\.name))
  func damaged(name: String) throws {
    let damage = try #require(Self.damages.first { $0.name == name }).damage
    var file = Self.pcapng(isBig: false)
    // The second packet of the first section: behind a section header, an interface and a packet of 9 octets.
    damage(&file, 28 + 24 + 44)
    let error = readAll(file).error
    let copied = try Self.copy(file).error
    #expect(error != nil && error?.packetsBefore == 1)
    #expect(copied?.problem == error?.problem && copied?.offset == error?.offset)
    #expect(copied?.packetsBefore == error?.packetsBefore)
  }
}
