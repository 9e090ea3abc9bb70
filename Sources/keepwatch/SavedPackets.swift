import ArgumentParser
import CaptureFile
import PacketCapture

/// A file for the packets of `capture`; `nil` where none was asked for.
///
/// - Throws: the exit status 1, after a message, where the file cannot be created.
func openWriter(_ path: String?, for capture: LiveCapture) throws -> PcapWriter? {
  guard let path else { return nil }
  do throws(CaptureFileError) {
    return try PcapWriter(path: path, linkType: capture.linkType, snapshotLength: capture.snapshotLength)
  } catch {
    complain(error.description)
    throw ExitCode(1)
  }
}
