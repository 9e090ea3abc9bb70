import Findings

extension Needs {
  /// What was asked for by its number or its end, and is not there: sentences for the user.
  func missing(in findings: CaptureFindings) -> [String] {
    missingConnections(findings) + missingFrame(findings)
  }

  private func missingConnections(_ findings: CaptureFindings) -> [String] {
    guard let connections else { return [] }
    let numbers = Set(findings.asked.map(\.number))
    let ends = Set(findings.asked.flatMap { [$0.first, $0.second] })
    return connections.numbers.subtracting(numbers).sorted().map {
      "There is no connection \($0): the capture has \(findings.connections.total)."
    }
      + connections.ends.subtracting(ends).map { "There is no connection with the end \($0)." }.sorted()
  }

  private func missingFrame(_ findings: CaptureFindings) -> [String] {
    guard let frame, findings.askedResult == nil else { return [] }
    return ["There is no frame \(frame) in the first file, or the filter left it out."]
  }
}
