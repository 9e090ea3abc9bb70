import PacketWire
import Testing

@testable import Presenting

/// Metrics as they are written for monitoring systems.
@Suite struct MetricsTests {
  private static let counter = MetricFamily(
    "keepwatch_things", .counter, "Things.",
    [MetricFamily.Sample(labels: [("name", "a\"\\b"), ("by", "c")], value: "3")])

  @Test("A counter has its ending in each series; OpenMetrics names the family without it, and ends with a mark")
  func formats() {
    #expect(
      Exposition.text.lines([Self.counter]) == [
        "# HELP keepwatch_things_total Things.", "# TYPE keepwatch_things_total counter",
        #"keepwatch_things_total{name="a\"\\b",by="c"} 3"#,
      ])
    #expect(
      Exposition.openMetrics.lines([Self.counter]) == [
        "# HELP keepwatch_things Things.", "# TYPE keepwatch_things counter",
        #"keepwatch_things_total{name="a\"\\b",by="c"} 3"#, "# EOF",
      ])
  }

  @Test("What an answer took is counted under each bound that it does not exceed")
  func histogram() throws {
    var delays = DelayHistogram()
    for delay in [0.0001, 0.003, 0.003, 60] { delays.observe(delay) }
    let lines = Exposition.text.lines([delays.family("d", "Delays.")]).dropFirst(2)
    let counts = lines.compactMap { $0.split(separator: " ").last.map(String.init) }
    let first = try #require(lines.first)
    #expect(first == #"d_bucket{le="0.0001"} 1"# && lines.contains(#"d_bucket{le="0.0025"} 1"#))
    #expect(lines.contains(#"d_bucket{le="0.005"} 3"#) && lines.contains(#"d_bucket{le="10.0"} 3"#))
    #expect(lines.contains(#"d_bucket{le="+Inf"} 4"#) && counts.suffix(2) == ["60.006100", "4"])
  }

  @Test(
    "Fifty services have a name, the most frequent ones; no end whose port a client's kernel may have chosen has one")
  func services() {
    let service = { (number: UInt32, port: UInt16) in
      SocketAddress(address: IPAddress(ipv4: 0x0a00_0000 + number), port: port)
    }
    let many = (1...60).flatMap { number in Array(repeating: service(UInt32(number), 5432), count: number) }
    let labels = ServiceLabels(of: many + Array(repeating: service(99, 40_000), count: 1000))
    #expect(labels.label(service(60, 5432)) == "10.0.0.60:5432" && labels.label(service(11, 5432)) == "10.0.0.11:5432")
    #expect(labels.label(service(10, 5432)) == "other" && labels.label(service(99, 40_000)) == "other")
    var growing = ServiceLabels()
    let given = (1...60).map { growing.labelNaming(service(UInt32($0), 80)) }
    #expect(Set(given).count == 51 && given.last == "other" && given.first == "10.0.0.1:80")
    #expect(growing.labelNaming(service(1, 80)) == "10.0.0.1:80", "one that has a name keeps it")
  }
}
