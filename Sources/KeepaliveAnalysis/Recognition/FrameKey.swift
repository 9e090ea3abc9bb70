import PacketWire

/// A frame of one of several files.
public struct FrameKey: Hashable, Sendable {
  /// Which file, from 0.
  public let file: UInt16
  /// The packet's number in its file, from 1.
  public let frame: Int

  /// A frame from its two numbers.
  public init(file: UInt16, frame: Int) {
    self.file = file
    self.frame = frame
  }

  /// The frame of a segment.
  public init(_ segment: Segment) {
    file = segment.file
    frame = segment.frame
  }
}
