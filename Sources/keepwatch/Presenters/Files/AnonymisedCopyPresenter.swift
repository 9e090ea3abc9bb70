import ArgumentParser
import CaptureFile
import Findings
import Presenting

/// The capture written again without addresses and payload.
final class AnonymisedCopyPresenter: Presenter {
  private let part: CaptureSequence.Part?
  private let copy: OpenedOutput

  /// A copy of `part`; `nil` where it could not be opened.
  init(of part: CaptureSequence.Part?, to copy: OpenedOutput) {
    self.part = part
    self.copy = copy
  }

  var needs: Needs { Needs() }

  var writesElsewhere: Bool { true }

  func end(_ findings: CaptureFindings) throws {
    guard let part else { throw ExitCode(1) }
    do throws(CaptureFileError) {
      let outcome = try AnonymisedCopy.write(from: part, to: copy.begin(), name: copy.name)
      complain(
        "\(counted(outcome.packets, "packet")) written to \(copy.name), with other addresses (\(outcome.addresses)) and "
          + "without payload. Times, ports, lengths and TCP's numbers are the capture's own.")
    } catch {
      complain(error.description)
      throw ExitCode(1)
    }
  }
}
