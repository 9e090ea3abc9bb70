import CaptureAnalysis
import Foundation
import KeepaliveAnalysis
import Testing

/// Captures of the repository, read and analysed as another package does it.
@Suite struct AnalysedCaptureTests {
  static let captures = URL(fileURLWithPath: #filePath + "/../../../captures").standardizedFileURL.path

  @Test("What is recognised is told as it becomes known, and each connection has a report")
  func silentPeer() {
    var told: [String] = []
    let capture = AnalysedCapture(files: [Self.captures + "/silent-peer.pcap"]) { event in
      switch event.kind {
      case .probe: told.append("\(event.frame) probe")
      case .giveUp: told.append("\(event.frame) give-up")
      default: told.append("\(event.frame)")
      }
    }
    #expect(told == ["8 probe", "9 probe", "10 probe", "11 give-up"])
    #expect(capture.reports.map(\.verdict) == [.dead])
    #expect(capture.reports.map(\.deciding.frame) == [11])
    #expect(capture.counts.packets == 11 && capture.errors.isEmpty)
  }

  @Test("Of one capture in two files each packet counts once")
  func shared() {
    let file = Self.captures + "/healthy.pcap"
    let once = AnalysedCapture(files: [file])
    let twice = AnalysedCapture(files: [file, file])
    #expect(Array(twice.reports).count == 1)
    #expect(twice.reports.map { $0.probers.map(\.probes) } == once.reports.map { $0.probers.map(\.probes) })
  }

  @Test("A file that is not there is an error, and the others are analysed")
  func missing() {
    let capture = AnalysedCapture(files: ["/no/such/file", Self.captures + "/silent-peer.pcap"])
    #expect(capture.errors.map(\.file) == ["/no/such/file"])
    #expect(capture.reports.map(\.verdict) == [.dead])
  }
}
