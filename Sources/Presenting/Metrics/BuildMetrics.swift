/// Which keepwatch tells.
enum BuildMetrics {
  /// The family.
  static func family(version: String) -> MetricFamily {
    MetricFamily(
      "keepwatch_build_info", .gauge, "The version of keepwatch; always 1.",
      [MetricFamily.Sample(labels: [("version", version)], value: "1")])
  }
}
