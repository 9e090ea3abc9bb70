import ApplicationLog
import ArgumentParser
import CaptureFile
import PacketCapture

/// What a replay reads: opened, and nothing read yet.
struct ReplayInput {
  /// The captures.
  let capture = CaptureSequence()
  /// Their names, also of those that could not be opened.
  let files: [String]
  /// Which packets are wanted; `nil` for all.
  let filter: PacketFilter?
  /// From when to when they are wanted; `nil` for always.
  let window: TimeWindow?
  /// What programs saw.
  let logs: [ApplicationLogFile]

  init(files: [String], filter expression: String, window: TimeWindow?, logs: [ApplicationLogFile]) throws {
    self.files = files
    self.logs = logs
    self.window = window
    do throws(PacketFilterError) { filter = expression.isEmpty ? nil : try PacketFilter(expression) } catch {
      throw ValidationError(error.description)
    }
    for file in files { capture.add(path: file) }
  }

  /// Whether standard input is among them, whose end may be far away.
  var isStream: Bool { files.contains("-") }

  /// The files' names as they stand in what is written.
  var names: [String] { capture.parts.isEmpty ? files : capture.parts.map(\.name) }
}
