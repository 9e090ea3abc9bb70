import ArgumentParser
import CaptureFile
import Findings
import KeepaliveAnalysis
import Presenting

/// The capture written again, with a comment on each recognised frame.
final class AnnotatedCopyPresenter: Presenter {
  private let part: CaptureSequence.Part?
  private let copy: OpenedOutput
  private var comments = FrameComments()

  /// A copy of `part`; `nil` where it could not be opened.
  init(of part: CaptureSequence.Part?, to copy: OpenedOutput) {
    self.part = part
    self.copy = copy
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    return needs
  }

  var writesElsewhere: Bool { true }

  func event(_ event: KeepaliveEvent) { comments.note(event) }

  func end(_ findings: CaptureFindings) throws {
    guard let part else { throw ExitCode(1) }
    do throws(CaptureFileError) {
      let outcome = try AnnotatedCopy.write(from: part, to: copy.begin(), name: copy.name, comment: comments.text)
      let rest = outcome.withoutRoom == 0 ? "" : "; \(outcome.withoutRoom) had no room (simple packet blocks)"
      complain(
        "\(counted(outcome.written, "comment")) written to \(copy.name)\(rest). In Wireshark: frame.comment contains "
          + "\"keepwatch: probe\"")
    } catch {
      complain(error.description)
      throw ExitCode(1)
    }
  }
}
