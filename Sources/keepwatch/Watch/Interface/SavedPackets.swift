import ArgumentParser
import CaptureFile
import PacketCapture

extension CaptureWriter {
  /// A capture file for the packets of `capture`.
  ///
  /// - Throws: the exit status 1, after a message, where there is no room for its header.
  init(_ output: OpenedOutput, for capture: LiveCapture) throws {
    do throws(CaptureFileError) {
      try self.init(
        descriptor: output.begin(), name: output.name, linkType: capture.linkType,
        snapshotLength: capture.snapshotLength)
    } catch {
      complain(error.description)
      throw ExitCode(1)
    }
  }
}
