import Foundation
import PacketWire
import Testing

@testable import CaptureFile

@Suite struct ForeignFormatTests {
  /// A capture of one packet, an Ethernet frame.
  static let capture = {
    var file = FileBuilder(isBig: false)
    file.section()
    file.interface()
    file.block(6) {
      $0.add(0 as UInt32)
      let microseconds: UInt64 = 1_700_000_000_000_000
      for word in [microseconds >> 32, microseconds & 0xffff_ffff, 60, 60] { $0.add(UInt32(word)) }
      $0.bytes += frame
    }
    return file.bytes
  }()
  static let frame = [UInt8](repeating: 2, count: 60)

  // What a tool makes of a capture, and how the error names it. The tool reads IN and writes OUT.
  static let tools: [(String, String)] = [
    ("zstd -q -o OUT IN", "compressed by zstd"), ("xz -c IN >OUT", "compressed by xz"),
    ("xz -c --format=lzma IN >OUT", "compressed by lzma"), ("bzip2 -c IN >OUT", "compressed by bzip2"),
    ("printf 'P*M\\030\\000\\000\\000\\000' >OUT && zstd -qc IN >>OUT", "compressed by zstd"),
    ("lz4 -q IN OUT", "compressed by lz4"), ("lz4 -lq IN OUT", "compressed by lz4"),
    ("lzip -c IN >OUT", "compressed by lzip"), ("lzop -q -o OUT IN", "compressed by lzop"),
    ("zip -q OUT IN && mv OUT.zip OUT", "compressed by zip"),
    ("editcap -F snoop IN OUT", "snoop"), ("editcap -F netmon1 IN OUT", "Network Monitor 1"),
    ("editcap -F netmon2 IN OUT", "Microsoft's Network Monitor"), ("editcap -F ngsniffer IN OUT", "Sniffer for DOS"),
    ("editcap -F ngwsniffer_2_0 IN OUT", "Sniffer for Windows"), ("editcap -F nettl IN OUT", "HP-UX' nettl"),
    ("editcap -F k12text IN OUT", "text export of a Tektronix K12"), ("editcap -F lanalyzer IN OUT", "LANalyzer"),
    ("editcap -F visual IN OUT", "UpTime"),
    ("editcap -F 5views IN OUT", "5Views"), ("editcap -F commview-ncf IN OUT", "CommView"),
  ]

  @Test(
    "A file of another kind is named, and the way out that the error tells leads to the same packet", arguments: tools)
  func wayOut(tool: (String, String)) throws {
    let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appending(path: "keepwatch-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(Self.capture).write(to: folder.appending(path: "IN"))
    guard shell(tool.0, in: folder) == 0 else {
      print("skipped: '\(tool.0)' does not work here; without it there is no such file")
      return
    }
    let problem = try problem(of: [UInt8](Data(contentsOf: folder.appending(path: "OUT"))), file: "OUT")
    #expect(problem.contains(tool.1))
    // The command stands in quotes; what reads standard input is the test.
    let command = String(try #require(problem.split(separator: "\"").dropFirst().first))
      .replacing("| keepwatch replay -", with: ">OUT.pcapng")
    #expect(shell(command, in: folder) == 0, "\(command)")
    let packets = readAll([UInt8](try Data(contentsOf: folder.appending(path: "OUT.pcapng")))).packets
    #expect(packets.map { Array($0.bytes.prefix(60)) } == [Self.frame], "\(command)")
  }

  // Files that no tool here writes: their beginning, and how the error names them.
  static let beginnings: [([UInt8], String)] = [
    ([0x1f, 0x9d, 0x90, 0, 1, 2], "compressed by compress"),
    ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "compressed by 7-Zip"),
    ([UInt8](repeating: 0x61, count: 257) + Array("ustar\0".utf8), "tar archive"),
    (Array("LZIP\u{1}".utf8), "compressed by lzip"), ([0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d], "compressed by lzop"),
    (Array("\u{7f}ver".utf8), "OmniPeek"), (Array("iptrace 2.0".utf8), "AIX' iptrace"),
    ([0, 0, 2, 0, 0x12, 5, 0, 0x10], "Tektronix K12"),
    ([0xac, 1, 0, 0x1c], "IxVeriWave"), (Array("ObserverPktBuffe".utf8), "Observer"),
    // 116 octets, on 2023-11-14 at 22.
    ([116, 0, 0, 0, 0xe7, 7, 11, 14, 22, 13, 20, 0], "CommView"),
    // 2023-11-14, type 2 (Ethernet), 80 octets, 60 on the wire.
    ([0, 0, 0, 0, 0, 0xf1, 0x53, 0x65, 2, 4, 0, 80, 0, 0, 0, 60], "ERF"),
    ([0, 0, 1, 0] + [UInt8](repeating: 0, count: 68) + [2, 0, 2, 0xc0], "event trace of Windows"),
    (Array("btsnoop\0".utf8), "Bluetooth"), (Array("ElfFile\0".utf8), "event log"),
    ([0x7f, 0x45, 0x4c, 0x46], "core dump"),
    (Array("%PDF-1.7".utf8), "PDF"), ([0xff, 0xfe, 0x31, 0], "UTF-16"), (Array("\n<!DOCTYPE html>".utf8), "a page"),
    (Array("<?xml version='1.0'?>".utf8), "a page"),
    (Array("12:00:00.000000 IP 10.0.0.1.40000 > 10.0.0.2.5432: Flags [.]\n".utf8), "this is text"),
    ([0, 1, 2, 3, 4, 5], "no capture that keepwatch knows"),
  ]

  @Test("A file of another kind is named by its first octets, which are not shown", arguments: beginnings)
  func named(beginning: ([UInt8], String)) throws {
    let problem = try problem(of: beginning.0, file: "-")
    #expect(problem.contains(beginning.1))
  }

  @Test("A file's name stands in the command as a shell takes it")
  func quoting() throws {
    let zstd: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    #expect(try problem(of: zstd, file: "a b.zst").contains("\"zstd -dc 'a b.zst' | keepwatch replay -\""))
    #expect(try problem(of: zstd, file: "-").contains("\"zstd -dc FILE | keepwatch replay -\""))
  }

  @Test("No capture that is read here is taken for another kind", arguments: [true, false])
  func captures(isBig: Bool) {
    for magic: UInt32 in [0xa1b2_c3d4, 0xa1b2_3c4d] {
      #expect(readAll(FileBuilder.pcap(isBig: isBig, magic: magic, packets: [Self.frame])).error == nil)
    }
    #expect(readAll(FileBuilder.pcapng(isBig: isBig, resolution: nil)).error == nil)
  }

  private func problem(of file: [UInt8], file name: String) throws -> String {
    var reader = CaptureReader(name: name, input: ByteInput(bytes: file))
    var records: [PacketRecord] = []
    do throws(CaptureFileError) {
      _ = try reader.nextBatch(&records)
    } catch {
      return error.problem
    }
    Issue.record("no error")
    return ""
  }

  private func shell(_ command: String, in folder: URL) -> Int32? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = folder
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus
  }
}
