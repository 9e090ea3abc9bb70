import Findings
import PacketWire

/// WHY: what explains the lost connections of a server; HELP: what to do about it.
public struct PathExplanationText {
  /// More connections than this are not listed by number.
  private static let numbersShown = 8

  /// More servers than this are not named beside the one whose explanation is told.
  private static let serversShown = 5

  private let style: TextStyle
  private let isAlone: Bool

  /// A text in a style; where there is more than one server, each explanation names its own.
  public init(style: TextStyle, isAlone: Bool) {
    self.style = style
    self.isAlone = isAlone
  }

  /// The lines for servers whose explanations have one cause: that of the first, and whom it explains too.
  public func lines(_ explanations: [PathExplanation]) -> [String] {
    guard let explanation = explanations.first else { return [] }
    var why = forgotten(explanation) + closed(explanation)
    guard !why.isEmpty else { return [] }
    if explanations.count > 1 { why.append(likewise(explanations.dropFirst())) }
    let title = isAlone ? [] : [style.bold("\(explanation.server)")]
    return [""] + title + labelled("WHY", why) + labelled("HELP", help(explanation))
  }

  private func likewise(_ explanations: ArraySlice<PathExplanation>) -> String {
    let shown = explanations.prefix(Self.serversShown).map { explanation in
      let told = (explanation.lost.map(\.number) + explanation.closed.map(\.number)).sorted()
      return "\(explanation.server) (\(numbers(told)))"
    }
    let rest = explanations.count - shown.count
    let more = rest > 0 ? " and \(counted(rest, "more server"))" : ""
    return "The same explains what happened, by their own silences, to \(shown.joined(separator: ", "))\(more)."
  }

  private func labelled(_ label: String, _ sentences: [String]) -> [String] {
    let lines = sentences.flatMap { style.wrapped($0, indent: 5) }
    guard let first = lines.first else { return [] }
    return [style.bold(style.pad(label, 5)) + first.dropFirst(5)] + lines.dropFirst()
  }

  // MARK: - Forgotten on the path, or a silent host

  private func forgotten(_ explanation: PathExplanation) -> [String] {
    guard !explanation.lost.isEmpty || !explanation.unexplained.isEmpty else { return [] }
    var sentences: [String] = []
    if let shortest = explanation.lost.map(\.silence).min() {
      sentences.append(bracket(explanation, shortest))
      sentences.append(others(explanation))
      sentences += boxes(explanation, shortest)
    }
    if !explanation.unexplained.isEmpty {
      let rest = explanation.unexplained.count - Self.numbersShown
      let shown = explanation.unexplained.prefix(Self.numbersShown).map(unexplained).joined(separator: "; ")
      sentences.append("Not explained by this: \(shown)\(rest > 0 ? "; and \(grouped(rest)) more" : "").")
    }
    return sentences
  }

  private func bracket(_ explanation: PathExplanation, _ shortest: Int64) -> String {
    let ids = numbers(explanation.lost.map(\.number))
    let refused = explanation.lost.filter(\.wasRefused).count
    let resets = refused == 0 ? ", silently" : ", \(refused) of them refused by a reset"
    let lost =
      "after \(DurationText.text(nanoseconds: shortest)) and more nothing got through (\(explanation.lost.count) of "
      + "\(explanation.lost.count): \(ids)\(resets))"
    guard explanation.survived > 0 else {
      return "No silence of 30 s or more was survived to compare with; " + lost + "."
    }
    return
      "Silences up to \(DurationText.text(nanoseconds: explanation.longestSurvived)) were survived "
      + "(\(counted(explanation.survived, "time")), "
      + "\(counted(explanation.connectionsThatSurvived, "connection"))); \(lost)."
  }

  private func others(_ explanation: PathExplanation) -> String {
    let host = explanation.server.address
    guard explanation.othersHeard > 0 else {
      return
        "\(host) was not heard on any other connection after that: its host, or the whole path to it, may have been "
        + "down; the capture cannot tell which."
    }
    let same = explanation.othersOfSameClients
    let all = explanation.othersHeard
    let clients =
      same == 0 ? "" : same == all ? ", from the same client" : ", \(grouped(same)) of them from the same client"
    return "\(host) was heard on \(counted(all, "other connection")) after that\(clients): the host was not down."
  }

  private func boxes(_ explanation: PathExplanation, _ shortest: Int64) -> [String] {
    guard explanation.survived > 0 || explanation.othersHeard > 0 else { return [] }
    let range =
      explanation.survived > 0
      ? "after \(DurationText.text(nanoseconds: explanation.longestSurvived)) to \(DurationText.text(nanoseconds: shortest))"
      : "after at most \(DurationText.text(nanoseconds: shortest))"
    var sentences = ["Likely, a guess: something between forgets a connection \(range) without a packet."]
    // Where nothing came back, a box that resets fits only if its reset did not arrive.
    let isSilent = !explanation.lost.contains { $0.wasRefused }
    let fits = names(explanation.fits.filter { !isSilent || !$0.resets })
    let resetting = names(explanation.fits.filter { isSilent && $0.resets })
    let not = names(explanation.survivedBeyond.suffix(3))
    sentences.append(fits.isEmpty ? "No default of a known box fits." : "By their defaults fit: \(fits).")
    if !resetting.isEmpty { sentences.append("Only if their reset was lost: \(resetting).") }
    if !not.isEmpty { sentences.append("Not: \(not).") }
    return [sentences.removeFirst(), sentences.joined(separator: " ")]
  }

  private func names(_ boxes: [PathBox]) -> String {
    boxes.map { "\($0.name) (\(DurationText.text(nanoseconds: $0.timeout)))" }.joined(separator: ", ")
  }

  private func unexplained(_ lost: LostConnection) -> String {
    lost.isAtLeast
      ? "\(lost.number) (its silence began before the capture)"
      : "\(lost.number) (\(DurationText.text(nanoseconds: lost.silence)) of silence, which others survived)"
  }

  // MARK: - Closed by a program or proxy

  private func closed(_ explanation: PathExplanation) -> [String] {
    guard let shortest = explanation.closed.map(\.silence).min(), let longest = explanation.closed.map(\.silence).max()
    else { return [] }
    let ids = numbers(explanation.closed.map(\.number))
    let range =
      longest - shortest < .second
      ? DurationText.text(nanoseconds: shortest)
      : "\(DurationText.text(nanoseconds: shortest)) to \(DurationText.text(nanoseconds: longest))"
    let roles = Set(explanation.closed.map(\.role)).sorted().joined(separator: " or ")
    var names: [String] = []
    for box in explanation.closed.flatMap(\.fits) where !names.contains(box.name) { names.append(box.name) }
    let fits = names.isEmpty ? "" : " By their defaults fit: \(names.joined(separator: ", "))."
    return [
      "\(ids): closed by the \(roles) after \(range) without data, though the probes were answered: an idle timeout in a "
        + "program or proxy, which does not count probes.\(fits)"
    ]
  }

  // MARK: - What to do

  private func help(_ explanation: PathExplanation) -> [String] {
    var sentences: [String] = []
    let probed = explanation.lost.filter { $0.period != nil }
    let silent = explanation.lost.filter { $0.period == nil }
    if !probed.isEmpty, explanation.survived > 0 || explanation.othersHeard > 0 {
      let now = probed.compactMap(\.period).min().map { " (now \(SettingsText.seconds(nanoseconds: $0)))" } ?? ""
      let limit =
        explanation.survived > 0
        ? "no longer than \(DurationText.text(nanoseconds: explanation.longestSurvived)), which was survived"
        : "shorter than what the path allows"
      sentences.append("\(numbers(probed.map(\.number))): the longer of idle time and interval \(limit)\(now).")
    } else if !probed.isEmpty {
      sentences.append(
        "\(numbers(probed.map(\.number))): a shorter idle time, interval or count notices a silent host sooner.")
    }
    if !silent.isEmpty {
      sentences.append(
        "\(numbers(silent.map(\.number))): switch keepalive on; TCP_USER_TIMEOUT limits how long unacknowledged data waits."
      )
    }
    if !explanation.closed.isEmpty {
      sentences.append(
        "\(numbers(explanation.closed.map(\.number))): send something of the program's own protocol in time, or raise that "
          + "timeout: keepalive cannot prevent it.")
    }
    return sentences
  }

  private func numbers(_ numbers: [Int]) -> String {
    let shown = numbers.prefix(Self.numbersShown).map(String.init).joined(separator: ", ")
    let rest = numbers.count - Self.numbersShown
    return rest > 0 ? "\(shown) and \(grouped(rest)) more" : shown
  }
}
