/// Why a capture could not be read on: what, and where.
public struct CaptureFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's name as the user gave it.
  public let file: String
  /// The offset in octets, after decompression, of what could not be read; `nil` where nothing could be opened.
  public let offset: Int?
  /// How many packets had been read before.
  public let packetsBefore: Int
  /// What is wrong there, as the rest of a sentence.
  public let problem: String

  /// An error from its parts.
  public init(file: String, offset: Int?, packetsBefore: Int, problem: String) {
    self.file = file
    self.offset = offset
    self.packetsBefore = packetsBefore
    self.problem = problem
  }

  /// One or two sentences.
  public var description: String {
    guard let offset else { return "\(file): \(problem)." }
    let before = packetsBefore == 0 ? "before the first packet" : "after packet \(packetsBefore)"
    return "\(file): at offset \(offset), \(before): \(problem)."
  }
}
