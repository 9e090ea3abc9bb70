import PacketObservation
import PacketWire

@testable import KeepaliveAnalysis

/// How an observer is shown packets: each way must tell the same.
enum Way: CaseIterable {
  /// In batches, plain segments the short way.
  case together
  /// One by one.
  case oneByOne
  /// In batches, and nobody wants to be told: events are counted only.
  case counted
  /// Each segment the general way.
  case general
  /// In batches, and what has ended is forgotten.
  case forgetting
}

extension DerivedCapture {
  /// Its packets' records: numbered anew in each file, in the order in which they are handed out.
  func records(of whole: SavedCapture) -> [PacketRecord] {
    var frames = [0, 0]
    return packets.map { packet in
      var record = whole.packets[packet.origin]
      frames[packet.file] += 1
      record.frame = frames[packet.file]
      record.time = packet.time
      return record
    }
  }

  /// Which of its packets each frame is.
  func origins() -> [FrameKey: Packet] {
    var frames = [0, 0]
    return Dictionary(
      uniqueKeysWithValues: packets.map { packet in
        frames[packet.file] += 1
        return (FrameKey(file: UInt16(packet.file), frame: frames[packet.file]), packet)
      })
  }

  /// Shows it to an observer, to its end.
  func observe(_ whole: SavedCapture, _ way: Way = .together, explained: FrameKey? = nil) -> PacketObserver {
    let records = records(of: whole)
    var observer = PacketObserver()
    observer.analyzer.explained = explained
    observer.analyzer.holdsAnswers = true
    observer.analyzer.usesShortWays = way != .general
    observer.analyzer.wantsEvents = way != .counted
    observer.analyzer.forgets = way == .forgetting
    var next = 0
    while next < records.count {
      let file = packets[next].file
      var end = next + 1
      while way != .oneByOne, end < records.count, packets[end].file == file { end += 1 }
      observer.observe(records.span.extracting(next..<end), in: whole.octets.span, file: file)
      if way == .oneByOne { observer.flush() }
      next = end
    }
    observer.finish()
    return observer
  }

  /// Whether its files would be taken for captures of the same packets at two places.
  func looksShared(_ whole: SavedCapture) -> Bool {
    var comparison = CaptureComparison(files: 2)
    for (packet, record) in zip(packets, records(of: whole)) {
      comparison.note(
        whole.octets.span, in: record.range, originalLength: record.originalLength, linkType: record.linkType,
        time: record.time, file: packet.file)
    }
    return !comparison.shared.isEmpty
  }
}

extension SavedCapture {
  /// The first so many packets of itself, as they stand; all where no number is given.
  func beginning(_ count: Int? = nil) -> DerivedCapture {
    DerivedCapture(
      relation: .begunLater, change: "whole",
      packets: (0..<(count ?? packets.count)).map { DerivedCapture.Packet(origin: $0, time: packets[$0].time) })
  }

  /// What is claimed of each of its packets, from 0; of one that has copies, under the first of them.
  func wholeClaims() -> [Int: Claim] {
    let claims = Claim.all(of: beginning().observe(self).analyzer.events)
    return Dictionary(claims.map { (originals[$0.key.frame - 1], $0.value) }) { first, _ in first }
  }
}
