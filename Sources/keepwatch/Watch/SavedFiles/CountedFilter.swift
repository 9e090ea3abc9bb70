import Findings
import PacketCapture
import PacketWire

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
    for record in records where matches(record, bytes) { matching.append(record) }
    return matching
  }

  /// Whether a packet matches.
  func matches(_ record: PacketRecord, _ bytes: Span<UInt8>) -> Bool {
    if filter.matches(bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType) {
      hasMatched = true
      return true
    }
    if !hasMatched { noteTag(bytes, record) }
    return false
  }

  /// Counts packets with a VLAN tag while none has matched.
  private func noteTag(_ bytes: Span<UInt8>, _ record: PacketRecord) {
    let isTagged = tagFilter?.matches(
      bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType)
    if isTagged == true { packetsWithTag += 1 }
  }

  /// What may explain that it matched none of so many packets.
  func emptiness(packets: Int) -> EmptyFilter {
    EmptyFilter(
      expression: filter.expression, packets: packets, packetsWithTag: packetsWithTag,
      inapplicable: filter.inapplicable)
  }
}
