import Findings
import KeepaliveAnalysis
import PacketWire
import Testing

@testable import Presenting

/// What a page holds where there is more than a browser opens.
@Suite struct CapturePageTests {
  /// Connections that a SYN opened, and nothing followed.
  static func connections(_ count: UInt16) -> Connections {
    var analyzer = KeepaliveAnalyzer()
    for number in 1...count {
      var segment = Segment()
      segment.source = IPAddress(ipv4: 0xc000_0201)
      segment.destination = IPAddress(ipv4: 0xc000_0202)
      segment.sourcePort = 40_000 + number
      segment.destinationPort = 5432
      segment.time = 1_700_000_000_000_000_000 + Int64(number)
      segment.frame = Int(number)
      segment.flags = .syn
      analyzer.process([segment])
    }
    return analyzer.connections
  }

  static func text(_ page: CapturePage, of count: UInt16) -> String {
    let connections = connections(count)
    let stories = ConnectionStories(events: [], packets: [], calls: [], captureEnd: connections.captureEnd)
    return page.page(
      overview: nil, title: "a.pcap", head: [], explanations: [], reports: (1...Int(count)).map(connections.report)
    ) { ConnectionFigure(stories.story($0)) }
  }

  /// How many figures and rows a page has.
  static func counts(_ page: String) -> (figures: Int, rows: Int) {
    (page.matches(of: #/"figure":"\\u003csvg /#).count, page.matches(of: #/"verdict":/#).count)
  }

  @Test("Where all has room, all is there, and nothing is said to be left out")
  func whole() {
    let page = Self.text(CapturePage(zone: .utc), of: 3)
    #expect(Self.counts(page) == (3, 3) && !page.contains("no room") && !page.contains("This page lists"))
  }

  @Test("Figures that have no room are left out, and the page says of how many connections and how to draw one")
  func figures() {
    var page = CapturePage(zone: .utc)
    page.mostFigureOctets = 1
    let text = Self.text(page, of: 3)
    #expect(Self.counts(text) == (1, 3))
    #expect(text.contains("It has no room for the figures of 2 connections, those that fared best"))
    #expect(text.contains("--connection 3 --svg"))
  }

  @Test("Connections beyond what a browser keeps are not listed, and the page says how many there were")
  func rows() {
    var page = CapturePage(zone: .utc)
    page.mostListed = 2
    let text = Self.text(page, of: 1200)
    #expect(Self.counts(text) == (2, 2))
    #expect(text.contains("This page lists the 2 connections that fared worst of the 1,200 with something to tell."))
  }
}
