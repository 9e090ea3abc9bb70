import CaptureAnalysis
import KeepaliveAnalysis

let capture = AnalysedCapture(files: Array(CommandLine.arguments.dropFirst())) { event in
  if case .probe(let probe) = event.kind {
    print("frame \(event.frame): a probe by \(event.source), \(probe.unansweredBefore) unanswered before it")
  }
}
for error in capture.errors { print(error) }
for report in capture.reports where report.verdict == .dead {
  print("\(report.clientAddress) → \(report.serverAddress): dead, frame \(report.deciding.frame)")
}
