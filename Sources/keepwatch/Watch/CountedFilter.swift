import ApplicationLog
import PacketCapture
import PacketWire
import Reporting

/// A filter that remembers what may explain that it matched nothing.
final class CountedFilter {
  private let filter: PacketFilter
  private lazy var tagFilter = try? PacketFilter("vlan")
  private var hasMatched = false
  private var packetsWithTag = 0

  init(_ filter: PacketFilter) { self.filter = filter }

  /// Packets of link types beyond those that it is compiled for.
  var packetsBeyond: Int { filter.packetsBeyond }

  /// The packets that match.
  func matching(_ bytes: Span<UInt8>, _ records: ArraySlice<PacketRecord>) -> [PacketRecord] {
    var matching: [PacketRecord] = []
    for record in records {
      if filter.matches(bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType) {
        matching.append(record)
        hasMatched = true
      } else if !hasMatched {
        noteTag(bytes, record)
      }
    }
    return matching
  }

  /// Counts packets with a VLAN tag while none has matched.
  private func noteTag(_ bytes: Span<UInt8>, _ record: PacketRecord) {
    let isTagged = tagFilter?.matches(
      bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType)
    if isTagged == true { packetsWithTag += 1 }
  }

  /// Why it matched none of so many packets, where that can be told.
  func advice(packets: Int) -> [String] {
    var line = "The filter '\(filter.expression.printable)' matches 0 of \(counted(packets, "packet"))"
    if packetsWithTag == packets {
      line += ", which all carry a VLAN tag: try 'vlan and \(filter.expression.printable)'"
    }
    let inapplicable = filter.inapplicable.sorted { $0.key.rawValue < $1.key.rawValue }
    for (linkType, reason) in inapplicable.prefix(3) {
      line += "; it does not fit link type \(linkType.name): \(reason)"
    }
    return [line + "."]
  }
}
