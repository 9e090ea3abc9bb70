import Foundation
import PacketCapture
import Testing

/// Labelled captures: what each frame is was decided by a sequence tracker and the kernel's counters.
enum Exam {
  static let folder = (Bundle.module.resourcePath ?? ".") + "/Exam"
  static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder))?
    .filter { $0.hasSuffix(".pcap") }.sorted() ?? []

  /// The labels that are claims, and the claim each stands for.
  static let claims = [
    "probe": "probe", "probe-garbage-byte": "probe", "answer-ack": "answer ack", "answer-rst": "answer reset",
    "give-up-rst": "give-up", "window-probe": "window-probe",
  ]

  static func truth(_ name: String) throws -> [Int: String] {
    var truth: [Int: String] = [:]
    for line in try String(contentsOfFile: folder + "/truth.tsv", encoding: .utf8).split(separator: "\n") {
      let fields = line.split(separator: "\t").map(String.init)
      if fields[0] == name, let frame = Int(fields[1]), let claim = claims[fields[2]] { truth[frame] = claim }
    }
    return truth
  }
}

@Suite struct ExamTests {
  @Test("Every labelled frame is claimed as what it is, and no other", arguments: Exam.names)
  func frameByFrame(name: String) throws {
    let result = try Program.run(["replay", "--json", Exam.folder + "/" + name])
    try expectTruth(of: name, in: result)
    #expect(result.lines.first?["event"] as? String == "capture")
    #expect(result.lines.last?["event"] as? String == "summary")
  }

  @Test(
    "Without the segments that live leaves in the kernel under load, the same frames are claimed", arguments: Exam.names
  )
  func withoutData(name: String) throws {
    let result = try Program.run(["replay", "--json", Exam.folder + "/" + name, "--", ProbeFilter.expression])
    try expectTruth(of: name, in: result)
  }

  private func expectTruth(of name: String, in result: Program.Result) throws {
    #expect(result.status == 0)
    var claims: [Int: String] = [:]
    for line in result.lines {
      guard let event = line["event"] as? String, let frame = line["frame"] as? Int,
        ["probe", "answer", "give-up", "window-probe"].contains(event), line["by"] as? String != "data"
      else { continue }
      #expect(claims[frame] == nil, "frame \(frame) is claimed twice")
      claims[frame] = event == "answer" ? "answer \(line["by"] as? String ?? "")" : event
    }
    #expect(claims == (try Exam.truth(name)))
  }

  @Test("The labelled captures are there")
  func present() { #expect(Exam.names.count == 12) }
}
