import CaptureAnalysis
import CaptureFile
import Foundation
import KeepaliveAnalysis
import PacketWire
import Testing

/// A capture beside its anonymised copy.
struct AnonymisedPair: CustomTestStringConvertible {
  private static let root = URL(fileURLWithPath: #filePath + "/../../..").standardizedFileURL
  /// What stands outside the repository is left out where it is absent.
  private static let folders = [
    "captures", "captures/situations", "Tests/keepwatchTests/Cases", "Tests/keepwatchTests/Exam",
    "Tests/CaptureFileTests/Damaged", "../shared/exam/captures", "../shared/cases/captures", "../shared/cases/stories",
  ]

  static let all: [AnonymisedPair] = folders.flatMap { folder in
    let path = root.appendingPathComponent(folder).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.contains(".pcap") }.sorted().map { AnonymisedPair(path: path + "/" + $0) }
  }

  let path: String
  var testDescription: String { (path as NSString).lastPathComponent }

  /// Writes the copy, and shows it to `body`.
  func withCopy(_ body: (_ copy: String) throws -> Void) throws {
    let copy = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcapng"
    _ = FileManager.default.createFile(atPath: copy, contents: nil)
    defer { try? FileManager.default.removeItem(atPath: copy) }
    let capture = CaptureSequence()
    capture.add(path: path)
    let file = try #require(FileHandle(forWritingAtPath: copy))
    _ = try AnonymisedCopy.write(from: try #require(capture.parts.first), to: file.fileDescriptor, name: copy)
    try file.close()
    try body(copy)
  }
}

/// What each frame of a file was decoded to.
private func frames(_ path: String) -> [(time: Int64?, result: DecodeResult, segment: Segment, quote: QuotedSegment)] {
  var frames: [(time: Int64?, result: DecodeResult, segment: Segment, quote: QuotedSegment)] = []
  var decoder = PacketDecoder()
  let capture = CaptureSequence()
  capture.add(path: path)
  while capture.nextBatch({ _, bytes, records in
    for record in records {
      var segment = Segment()
      let result = decoder.decode(
        bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType,
        interface: UInt32(record.interface), into: &segment)
      frames.append((record.time, result, segment, decoder.quote))
    }
  }) {}
  return frames
}

/// Which addresses of a capture stand for which of its copy.
private struct Replacements {
  private var known: [IPAddress: IPAddress] = [:]
  /// Whether one address has had two replacements, or two had one.
  private(set) var contradictions = 0

  /// Whether the replacements are the first numbers of their ranges, and nothing else.
  var areNumbered: Bool {
    let ofIPv4 = known.keys.count(where: \.isIPv4)
    let expected =
      (0..<ofIPv4).map { IPAddress(ipv4: 0x0a00_0001 + UInt32($0)) }
      + (0..<known.count - ofIPv4).map { IPAddress(high: 0x2001_0db8_0000_0000, low: UInt64($0) + 1) }
    return Set(known.values) == Set(expected)
  }

  mutating func note(_ address: IPAddress, _ replacement: IPAddress) {
    if let earlier = known[address] {
      if earlier != replacement { contradictions += 1 }
    } else {
      if known.values.contains(replacement) { contradictions += 1 }
      known[address] = replacement
    }
  }

  func of(_ address: IPAddress) -> IPAddress { known[address] ?? address }
  func of(_ end: SocketAddress) -> SocketAddress { SocketAddress(address: of(end.address), port: end.port) }

  func of(_ event: KeepaliveEvent) -> KeepaliveEvent {
    var event = event
    event.source = of(event.source)
    event.destination = of(event.destination)
    if case .quotedError(var error) = event.kind {
      error.reporter = of(error.reporter)
      event.kind = .quotedError(error)
    }
    return event
  }

  func of(_ report: ConnectionReport) -> ConnectionReport {
    var report = report
    report.first = of(report.first)
    report.second = of(report.second)
    for index in report.quotedErrorKinds.indices {
      report.quotedErrorKinds[index].first.reporter = of(report.quotedErrorKinds[index].first.reporter)
    }
    return report
  }
}

@Suite struct AnonymisedCopyTests {
  @Test("Each frame of a copy is decoded as the capture's, but for addresses", arguments: AnonymisedPair.all)
  func frameByFrame(pair: AnonymisedPair) throws {
    try pair.withCopy { copy in
      let (before, after) = (frames(pair.path), frames(copy))
      #expect(before.map(\.time) == after.map(\.time))
      #expect(before.map(\.result) == after.map(\.result))
      var replacements = Replacements()
      var (places, networks): ([UInt16: UInt16], [UInt32: UInt32]) = ([:], [:])
      for (one, other) in zip(before, after) where one.result == .segment {
        replacements.note(one.segment.source, other.segment.source)
        replacements.note(one.segment.destination, other.segment.destination)
        var expected = one.segment
        expected.source = other.segment.source
        expected.destination = other.segment.destination
        // What they are numbered by is the copy's own; what differs must go on differing.
        places[one.segment.place] = other.segment.place
        networks[one.segment.network] = other.segment.network
        expected.place = other.segment.place
        expected.network = other.segment.network
        expected.traits.remove(.tunnelled)
        #expect("\(expected)" == "\(other.segment)")
      }
      #expect(replacements.contradictions == 0)
      #expect(Set(places.values).count == places.count && Set(networks.values).count == networks.count)
    }
  }

  @Test("keepwatch says the same of a copy as of the capture", arguments: AnonymisedPair.all)
  func claims(pair: AnonymisedPair) throws {
    try pair.withCopy { copy in
      var replacements = Replacements()
      for (one, other) in zip(frames(pair.path), frames(copy)) {
        switch one.result {
        case .segment:
          replacements.note(one.segment.source, other.segment.source)
          replacements.note(one.segment.destination, other.segment.destination)
        case .quotedSegment:
          replacements.note(one.quote.reporter, other.quote.reporter)
          replacements.note(one.quote.source.address, other.quote.source.address)
          replacements.note(one.quote.destination.address, other.quote.destination.address)
        default: break
        }
      }
      #expect(replacements.contradictions == 0 && replacements.areNumbered)
      var (events, eventsOfCopy): ([KeepaliveEvent], [KeepaliveEvent]) = ([], [])
      let capture = AnalysedCapture(files: [pair.path]) { events.append($0) }
      let captureOfCopy = AnalysedCapture(files: [copy]) { eventsOfCopy.append($0) }
      #expect(events.map { "\(replacements.of($0))" } == eventsOfCopy.map { "\($0)" })
      #expect(
        capture.reports.map { "\(replacements.of($0))" } == captureOfCopy.reports.map { "\($0)" })
      #expect("\(capture.counts)" == "\(captureOfCopy.counts)")
    }
  }

  @Test("A copy has no address of the capture and nothing of its payload", arguments: ["silent-peer", "healthy"])
  func nothingElse(name: String) throws {
    let pair = AnonymisedPair(path: "\(AnalysedCaptureTests.captures)/\(name).pcap")
    #expect(try Data(contentsOf: URL(fileURLWithPath: pair.path)).firstRange(of: Data("Hello".utf8)) != nil)
    try pair.withCopy { copy in
      let octets = try Data(contentsOf: URL(fileURLWithPath: copy))
      #expect(octets.firstRange(of: Data("Hello".utf8)) == nil)
      #expect(octets.firstRange(of: Data([127, 0, 0, 1])) == nil)
      let addresses = Set(frames(copy).flatMap { [$0.segment.source, $0.segment.destination] })
      // Both ends were 127.0.0.1.
      #expect(addresses == [IPAddress(ipv4: 0x0a00_0001)])
    }
  }

  @Test("The captures are there")
  func present() { #expect(AnonymisedPair.all.count >= 60) }
}
