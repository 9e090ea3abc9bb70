import Findings

/// How many of a host's sockets would notice a dead peer, by service.
enum SocketMetrics {
  /// The family, the same for an audit and for a watch.
  static func family(_ connections: [AuditedConnection], _ services: ServiceLabels) -> MetricFamily {
    var counts: [[String]: Int] = [:]
    for connection in connections {
      counts[[services.label(connection.service), connection.notice.word], default: 0] += 1
    }
    var family = MetricFamily(
      "keepwatch_sockets", .gauge,
      "TCP connections by service and by whether their kernel notices a dead peer while nothing is sent: never, after a known "
        + "time, not before a known time, or unknown.")
    for (labels, count) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      family.add([("service", labels[0]), ("noticed", labels[1])], count)
    }
    return family
  }
}
