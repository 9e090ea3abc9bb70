import Findings

/// An audit for a monitoring system: gauges.
public enum AuditMetrics {
  /// The families.
  public static func families(_ audit: Audit, version: String) -> [MetricFamily] {
    let services = ServiceLabels(of: audit.connections.map(\.service))
    let groups = AuditGroup.groups(audit.connections)
    return [
      MetricFamily(
        "keepwatch_connections", .gauge, "TCP connections that programs have.", audit.connections.count),
      MetricFamily("keepwatch_settings_read", .gauge, "Connections whose settings were read.", audit.read),
      MetricFamily(
        "keepwatch_hanging", .gauge, "Connections on which something is unanswered.", audit.hanging.count),
      SocketMetrics.family(audit.connections, services),
      series(
        "keepwatch_never_noticed", "Connections whose kernel never notices a dead peer while nothing is sent.",
        groups.filter { $0.notice == .never }, services
      ) { alike in alike.reduce(0) { $0 + $1.connections.count } },
      series(
        "keepwatch_noticed_after_seconds", "Seconds until a dead peer is noticed while nothing is sent.",
        groups.filter { seconds($0) != nil }, services
      ) { alike in Int((alike.compactMap(seconds).max() ?? 0).rounded()) },
      BuildMetrics.family(version: version),
    ]
  }

  private static func seconds(_ group: AuditGroup) -> Double? {
    guard case .after(let seconds) = group.notice else { return nil }
    return seconds
  }

  /// A value a program and service, of all groups that differ only in what is no label.
  private static func series(
    _ name: String, _ help: String, _ groups: [AuditGroup], _ services: ServiceLabels, value: ([AuditGroup]) -> Int
  ) -> MetricFamily {
    var family = MetricFamily(name, .gauge, help)
    let alike = Dictionary(grouping: groups) { labels($0, services).map(\.value) }
    for key in alike.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      guard let groups = alike[key], let first = groups.first else { continue }
      family.add(labels(first, services), value(groups))
    }
    return family
  }

  private static func labels(_ group: AuditGroup, _ services: ServiceLabels) -> [(name: String, value: String)] {
    let key = group.key
    return [
      ("process", key.program ?? ""), ("uid", "\(key.user)"), ("service", services.label(key.service)),
      ("direction", key.isIncoming ? "in" : "out"), ("netns", "\(key.namespace.number)"),
    ] + (key.container.map { [("container", $0)] } ?? [])
  }
}
