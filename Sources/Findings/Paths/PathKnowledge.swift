/// What is known of paths: the boxes that may lie on them, and which of them are asked for.
public struct PathKnowledge: Sendable {
  /// The known boxes, and those that the host's administrator and the user have added.
  public let boxes: [PathBox]
  /// What is asked by `--through`.
  public let asked: [PathThreshold]

  /// Knowledge from its parts.
  public init(boxes: [PathBox] = PathBox.known, asked: [PathThreshold] = []) {
    self.boxes = boxes
    self.asked = asked
  }
}
