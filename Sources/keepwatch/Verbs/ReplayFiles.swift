import ArgumentParser
import KeepaliveAnalysis
import Presenting
import SystemCalls

/// The files that a replay writes beside its text.
struct ReplayFiles: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write the capture again, as pcapng, with a comment on each recognised frame (Wireshark: frame.comment). Of standard "
        + "input a frame tells what was known when it came (docs/wireshark.md).",
      valueName: "file"), completion: .file())
  var annotate: String?

  @Option(
    help: ArgumentHelp(
      "Write the whole capture again, as pcapng, with other addresses and without payload: keepwatch says the same of it.",
      valueName: "file"), completion: .file())
  var anonymise: String?

  @Option(
    help: ArgumentHelp(
      "Draw the whole capture at one look as an SVG figure; with --connection, those connections.", valueName: "file"),
    completion: .file())
  var svg: String?

  @Option(
    help: ArgumentHelp(
      "Write a page of the whole capture, to be opened in a browser; it loads nothing.", valueName: "file"),
    completion: .file())
  var html: String?

  /// Whether they can be made of these captures: some are read twice.
  ///
  /// - Throws: a mistake of the command line where they cannot.
  func check(reading captures: [String]) throws {
    guard annotate == nil || captures.count == 1 && (captures[0] == "-" || FileSystem.isRegular(captures[0])) else {
      throw ValidationError("--annotate takes one capture: a regular file, or - for standard input.")
    }
    guard anonymise == nil || captures.count == 1 && FileSystem.isRegular(captures[0]) else {
      throw ValidationError(
        "--anonymise takes one capture file, which is read twice; a pipe or several files cannot be.")
    }
  }

  /// Opens them, with the rights of who called.
  func open(_ outputs: OutputFiles) throws -> Opened {
    Opened(
      annotated: try outputs.open(annotate, for: "--annotate"),
      anonymised: try outputs.open(anonymise, for: "--anonymise"), svg: try outputs.open(svg, for: "--svg"),
      html: try outputs.open(html, for: "--html"))
  }

  /// Those that stand open.
  struct Opened {
    fileprivate let annotated: OpenedOutput?
    fileprivate let anonymised: OpenedOutput?
    fileprivate let svg: OpenedOutput?
    fileprivate let html: OpenedOutput?

    /// Where a stream's packets are handed on with comments; `nil` for nowhere.
    func commented(_ input: ReplayInput) -> CommentedStream? {
      input.isStream ? annotated.map(CommentedStream.init) : nil
    }

    /// Who writes the others.
    func presenters(
      of input: ReplayInput, _ connections: ConnectionSelection?, zone: TimeZoneChoice
    ) -> [any Presenter] {
      var presenters: [any Presenter] = []
      if let annotated, !input.isStream {
        presenters.append(AnnotatedCopyPresenter(of: input.capture.parts.first, to: annotated))
      }
      if let anonymised {
        presenters.append(AnonymisedCopyPresenter(of: input.capture.parts.first, to: anonymised))
      }
      if let svg {
        presenters.append(
          connections.map { FigurePresenter(svg, zone: zone, of: $0) as any Presenter }
            ?? OverviewFigurePresenter(svg, zone: zone))
      }
      if let html { presenters.append(PagePresenter(html, zone: zone)) }
      return presenters
    }
  }
}
