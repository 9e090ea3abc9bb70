import Findings

/// What boxes on the path would do to connections.
struct PathThresholdText {
  let style: TextStyle

  /// A paragraph for each threshold that was asked for; without any, one on what is common.
  func lines(_ audit: Audit, thresholds: [PathThreshold]) -> [String] {
    guard !audit.connections.isEmpty else { return [] }
    return thresholds.isEmpty ? common(audit) : thresholds.flatMap { asked($0, audit) }
  }

  /// A box that is asked for, and what it does.
  static func title(_ threshold: PathThreshold) -> String {
    let name = threshold.name.map { "THROUGH \($0.uppercased())" } ?? "THROUGH A BOX"
    let time = DurationText.text(threshold.seconds)
    let forgets = "\(name), which forgets after \(time) without a packet"
    return switch threshold.expiry {
    case .closes: "\(name), which closes connections after \(time) without data, probes or not"
    case .drops: "\(forgets), and drops what comes then"
    case .resetsNextPacket: "\(forgets), and resets what comes then"
    case .resetsBothEnds: "\(forgets), and resets both ends"
    case nil: forgets
    }
  }

  private func asked(_ threshold: PathThreshold, _ audit: Audit) -> [String] {
    var counts: [PathThreshold.Effect: Int] = [:]
    for connection in audit.connections { counts[threshold.effect(on: connection), default: 0] += 1 }
    if threshold.closes {
      return [
        "", style.bold(Self.title(threshold)),
        "  all \(counted(audit.connections.count, "connection")), as soon as their programs are silent for so long",
      ]
    }
    let forgotten = counts[.forgotten] ?? 0
    let unknown = counts[.unknown].map { "; of \($0) it is not known" } ?? ""
    return [
      "", style.bold(Self.title(threshold)),
      "  \(grouped(forgotten)) of \(counted(audit.connections.count, "connection")) would be forgotten in a silence\(unknown)",
    ]
  }

  /// The common boxes that would forget connections though keepalive is on.
  private func common(_ audit: Audit) -> [String] {
    let probed = audit.connections.filter { $0.settings.read?.keepalive == true }
    let times = Dictionary(grouping: PathThreshold.common, by: \.seconds).sorted { $0.key < $1.key }
    let parts = times.compactMap { seconds, boxes -> String? in
      guard let box = boxes.first, let name = box.name else { return nil }
      let count = probed.count { box.effect(on: $0) == .forgotten }
      let others = boxes.count > 1 ? " and \(counted(boxes.count - 1, "other"))" : ""
      return count == 0 ? nil : "\(grouped(count)) after \(DurationText.text(seconds)) (\(name)\(others))"
    }
    guard !parts.isEmpty else { return [] }
    return [""]
      + style.wrapped(
        "Of \(counted(probed.count, "connection")) with keepalive, common boxes on the path would forget in a silence: "
          + "\(parts.joined(separator: ", ")). Ask with --through NAME.", indent: 0)
  }
}
