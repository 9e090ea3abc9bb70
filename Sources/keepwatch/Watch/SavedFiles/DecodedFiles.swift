import PacketObservation
import PacketWire

/// What the packets of each file turned out to be: a file of which nothing could be decoded looks like a quiet network, and must
/// not pass for one.
struct DecodedFiles {
  /// What says that a packet could not be decoded; the others are TCP, or known to be something else.
  private static let failures = DecodeResult.allCases.filter {
    $0.isMalformed || $0 == .truncated || $0 == .unsupportedLinkType
  }

  private struct Tally {
    var read = 0
    var observed = 0
    var failures = [Int](repeating: 0, count: DecodedFiles.failures.count)
  }

  /// By file.
  private var tallies: [Tally] = []

  /// Takes what became of some packets of a file.
  ///
  /// - Parameters:
  ///   - file: its number.
  ///   - read: how many packets were read.
  ///   - before: the counts before they were observed; a filter may have left some out.
  ///   - after: the counts after.
  mutating func note(_ file: Int, read: Int, _ before: PacketCounts, _ after: PacketCounts) {
    while tallies.count <= file { tallies.append(Tally()) }
    tallies[file].read += read
    tallies[file].observed += after.packets - before.packets
    for (place, result) in Self.failures.enumerated() where after[result] != before[result] {
      tallies[file].failures[place] += after[result] - before[result]
    }
  }

  /// Why nothing of a file could be decoded, and what to do, as the rest of a sentence; `nil` where something was, or where there
  /// was nothing.
  func problem(_ file: Int, _ linkTypes: [LinkType]) -> String? {
    guard file < tallies.count, tallies[file].read > 0, let reason = reason(tallies[file], linkTypes) else {
      return nil
    }
    let tally = tallies[file]
    let names = linkTypes.prefix(3).map(\.name).joined(separator: ", ") + (linkTypes.count > 3 ? ", …" : "")
    return "none of its packets could be decoded (\(tally.read), of link type \(names)): \(reason)"
  }

  /// Why nothing of a file could be decoded, and what to do; `nil` where something was.
  private func reason(_ tally: Tally, _ linkTypes: [LinkType]) -> String? {
    if linkTypes.allSatisfy({ !$0.isSupported }) {
      return "keepwatch does not decode this link type. Capture on an interface of another one, as with tcpdump -i any"
    }
    guard tally.observed > 0, tally.failures.reduce(0, +) == tally.observed else { return nil }
    let most = zip(Self.failures, tally.failures).max { $0.1 < $1.1 }?.0
    switch most {
    case .truncated:
      return "they were cut before the end of their headers. Capture at least 128 octets of each: tcpdump -s 128"
    case .unsupportedLinkType:
      return "keepwatch does not decode the link type of those that it saw. Capture on an interface of another one"
    default:
      return "their headers contradict themselves. If the file names a wrong link type, editcap -T sets another"
    }
  }
}
