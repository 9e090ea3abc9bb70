import FoundationEssentials

/// One call that a program made on a socket, as the program saw it: a line of an application log.
///
/// The log is JSON lines with these keys (docs/application-log.md). A call that blocks has two lines: one without a
/// result when it begins, one with it when it returns.
public struct ApplicationCall: Codable, Sendable {
  /// When: nanoseconds since 1970-01-01T00:00:00Z (CLOCK_REALTIME, the clock of the packets' times).
  public var time: Int64
  /// Which program: "client", "server".
  public var process: String
  /// The call's name, as in the manual ("recv"), or what happened to the program ("deaf").
  public var call: String
  /// What was sent or received, where that is text.
  public var text: String?
  /// What the call returned; `nil` while it has not.
  public var result: Int?
  /// The name of its error: "ETIMEDOUT"; `nil` where it succeeded.
  public var error: String?

  /// A call from its parts.
  public init(
    time: Int64, process: String, call: String, text: String? = nil, result: Int? = nil, error: String? = nil
  ) {
    self.time = time
    self.process = process
    self.call = call
    self.text = text
    self.result = result
    self.error = error
  }

  /// The call of a log's line; `nil` where the line is none.
  public init?(line: String) {
    guard let call = try? JSONDecoder().decode(ApplicationCall.self, from: Data(line.utf8)) else { return nil }
    self = call
  }

  /// The line, without its end.
  public var line: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and integers can always be encoded.
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  /// "recv() = -1 ETIMEDOUT", "send(\"x\") = 1", "recv() … waiting".
  public var description: String {
    let sent = call == "send" ? text.map { "\"\($0)\"" } ?? "" : ""
    guard let result else { return "\(call)(\(sent)) … waiting" }
    if let error { return "\(call)(\(sent)) = \(result) \(error)" }
    if call == "recv", let text, result > 0 { return "recv() = \"\(text)\"" }
    return "\(call)(\(sent)) = \(result)"
  }
}
