import CaptureFile
import PacketCapture

extension PcapWriter {
  /// A capture file for the packets of `capture`.
  init(_ output: OpenedOutput, for capture: LiveCapture) {
    self.init(
      descriptor: output.begin(), name: output.name, linkType: capture.linkType, snapshotLength: capture.snapshotLength)
  }
}
