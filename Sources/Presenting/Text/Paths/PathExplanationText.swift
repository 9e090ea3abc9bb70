import Findings
import PacketWire

/// WHY: what explains the lost and ended connections of a server; HELP: what to do about it.
struct PathExplanationText {
  /// More servers than this are not named beside the one whose explanation is told.
  private static let serversShown = 5
  /// More connections than this are not told of one by one.
  private static let connectionsShown = 8

  private let style: TextStyle
  private let isAlone: Bool

  /// A text in a style; where there is more than one server, each explanation names its own.
  init(style: TextStyle, isAlone: Bool) {
    self.style = style
    self.isAlone = isAlone
  }

  /// The lines for servers whose explanations have one cause: that of the first, and whom it explains too.
  func lines(_ explanations: [PathExplanation]) -> [String] {
    guard let explanation = explanations.first else { return [] }
    var why = lost(explanation) + explanation.ended.map(ended) + unexplained(explanation)
    guard !why.isEmpty else { return [] }
    if explanations.count > 1 { why.append(likewise(explanations.dropFirst())) }
    let title = isAlone ? [] : [style.bold("\(explanation.server)")]
    return [""] + title + style.labelled("WHY", why) + PathHelpText(style: style).lines(explanation)
  }

  private func likewise(_ explanations: ArraySlice<PathExplanation>) -> String {
    let shown = explanations.prefix(Self.serversShown).map { explanation in
      let told = explanation.lost.map(\.number) + explanation.ended.flatMap(\.connections).map(\.number)
      return "\(explanation.server) (\(ConnectionNumbers.text(told.sorted())))"
    }
    let rest = explanations.count - shown.count
    let more = rest > 0 ? " and \(counted(rest, "more server"))" : ""
    return "The same explains what happened, by their own silences, to \(shown.joined(separator: ", "))\(more)."
  }

  // MARK: - Lost after a silence

  private func lost(_ explanation: PathExplanation) -> [String] {
    guard let shortest = explanation.lost.map(\.silence).min() else { return [] }
    return [bracket(explanation, shortest)]
      + [foreign(explanation.lost.compactMap(\.foreignTimeToLive))].compactMap(\.self)
      + [others(explanation)] + boxes(explanation, shortest)
  }

  private func bracket(_ explanation: PathExplanation, _ shortest: Int64) -> String {
    let refused = explanation.lost.filter(\.wasRefused).map(\.number)
    let ids = ConnectionNumbers.text(explanation.lost.map(\.number))
    let what =
      refused.isEmpty
      ? "no answer to the next packet was captured (\(ids))"
      : refused.count == explanation.lost.count
        ? "a reset refused the next packet (\(ids))"
        : "the next packet was refused by a reset (\(ConnectionNumbers.text(refused))) or not answered (of \(ids), the others)"
    let lost = "fter \(DurationText.text(nanoseconds: shortest)) and more \(what)."
    guard explanation.survived > 0 else {
      return "No silence of 30 s or more was survived to compare with. A\(lost)"
    }
    return
      "Silences up to \(DurationText.text(nanoseconds: explanation.longestSurvived)) were survived "
      + "(\(counted(explanation.survived, "time")), "
      + "\(counted(explanation.connectionsThatSurvived, "connection"))). A\(lost)"
  }

  /// That a box may have sent resets.
  private func foreign(_ values: [ForeignTimeToLive]) -> String? {
    guard let first = values.first else { return nil }
    return values.count == 1
      ? "The reset has TTL \(first.timeToLive), where that end's other packets have \(first.usual). A box on the path may have "
        + "sent it."
      : "\(grouped(values.count)) of the resets have another TTL than their end's other packets, such as \(first.timeToLive) and "
        + "\(first.usual). A box on the path may have sent them."
  }

  private func others(_ explanation: PathExplanation) -> String {
    let host = explanation.server.address
    guard explanation.othersHeard > 0 else {
      let none = "\(host) was not heard on any other connection after that"
      return explanation.lost.contains(where: \.wasRefused)
        ? "\(none). A reset came back, so that something there answers."
        : "\(none). Its host, or the whole path to it, may have been down; the capture cannot tell which."
    }
    let same = explanation.othersOfSameClients
    let all = explanation.othersHeard
    let clients =
      same == 0 ? "" : same == all ? " from the same client" : ", \(grouped(same)) of them from the same client"
    return "\(host) was heard on \(counted(all, "other connection"))\(clients) after that, so its host was not down."
  }

  private func boxes(_ explanation: PathExplanation, _ shortest: Int64) -> [String] {
    let wasRefused = explanation.lost.contains(where: \.wasRefused)
    guard explanation.survived > 0 || explanation.othersHeard > 0 || wasRefused else { return [] }
    let (low, high) = (
      DurationText.text(nanoseconds: explanation.longestSurvived), DurationText.text(nanoseconds: shortest)
    )
    let range = explanation.survived == 0 ? "at most \(high)" : low == high ? "some \(high)" : "\(low) to \(high)"
    let guess = "A guess: something on the path forgets a connection after \(range) without a packet."
    // Where nothing came back, a box that resets fits only if its reset did not arrive.
    let fits = explanation.fits.filter { wasRefused || $0.expiry != .resetsNextPacket }
    let resetting = explanation.fits.filter { !wasRefused && $0.expiry == .resetsNextPacket }
    var sentences = [PathBoxText.fitting(fits)]
    if !resetting.isEmpty { sentences.append("Only if their reset was lost: \(PathBoxText.names(resetting)).") }
    let sooner = explanation.survivedBeyond.suffix(Self.soonerShown)
    if !sooner.isEmpty { sentences.append("Not: \(PathBoxText.names(Array(sooner))).") }
    return [guess, sentences.joined(separator: " ")]
  }

  /// Of the boxes that forget sooner the last few are named.
  private static let soonerShown = 3

  private func unexplained(_ explanation: PathExplanation) -> [String] {
    let (early, survived) = (
      explanation.unexplained.filter(\.isAtLeast), explanation.unexplained.filter { !$0.isAtLeast }
    )
    var sentences: [String] = []
    if let only = survived.first, survived.count == 1 {
      let silence = DurationText.text(nanoseconds: only.silence)
      sentences.append(
        "No cause found for \(only.number): it was lost after \(silence) of silence, and other connections survived as long."
      )
    } else if !survived.isEmpty {
      let shown = survived.prefix(Self.connectionsShown)
        .map { "\($0.number) (\(DurationText.text(nanoseconds: $0.silence)))" }
      let rest = survived.count - shown.count
      sentences.append(
        "No cause found for \(shown.joined(separator: ", "))\(rest > 0 ? " and \(grouped(rest)) more" : ""), as other "
          + "connections survived silences as long.")
    }
    if !early.isEmpty {
      let ids = ConnectionNumbers.text(early.map(\.number))
      sentences.append(
        "No cause found for \(ids), as \(early.count == 1 ? "its silence" : "their silences") began before the capture."
      )
    }
    return sentences
  }

  // MARK: - Ended in silence

  private func ended(_ together: EndedTogether) -> String {
    let subject = ConnectionNumbers.subject(together.connections.map(\.number))
    let range = range(together.connections.map(\.silence))
    let were = together.connections.count == 1 ? "was" : "were"
    let role = together.connections[0].role
    let proxy = "An idle timeout of a program or proxy does that"
    var sentences =
      switch together.way {
      case .resetInBothNames: ["\(subject) \(were) reset in the names of both ends after \(range) without a packet."]
      case .inSpiteOfProbes:
        [
          "\(subject) \(were) closed by the \(role) after \(range) without data, though the probes were answered.",
          "\(proxy), for which probes do not count.",
        ]
      case .closed: ["\(subject) \(were) closed by the \(role) after \(range) without a packet.", "\(proxy)."]
      case .reset:
        [
          "\(subject) \(were) reset in the \(role)'s name after \(range) without a packet.",
          "\(proxy), or "
            + "a box.",
        ]
      }
    if let foreign = foreign(together.connections.compactMap(\.foreignTimeToLive)) { sentences.append(foreign) }
    if together.way == .resetInBothNames {
      sentences.append("A guess: a box on the path forgets idle connections, and tells both ends so.")
    }
    if !together.fits.isEmpty { sentences.append(PathBoxText.fitting(together.fits)) }
    return sentences.joined(separator: " ")
  }

  private func range(_ silences: [Int64]) -> String {
    let (low, high) = (silences.min() ?? 0, silences.max() ?? 0)
    let ends = [DurationText.text(nanoseconds: low), DurationText.text(nanoseconds: high)]
    return ends[0] == ends[1] ? ends[0] : ends.joined(separator: " to ")
  }
}

/// The numbers of connections in a sentence.
enum ConnectionNumbers {
  /// More connections than this are not listed by number.
  private static let shown = 14

  /// "3, 4, 5 and 200 more".
  static func text(_ numbers: [Int]) -> String {
    let shown = numbers.prefix(Self.shown).map(String.init).joined(separator: ", ")
    let rest = numbers.count - Self.shown
    return rest > 0 ? "\(shown) and \(grouped(rest)) more" : shown
  }

  /// The same as a sentence's subject: "Connection 3", "Connections 3, 4, 5 and 200 more".
  static func subject(_ numbers: [Int]) -> String {
    "Connection\(numbers.count == 1 ? "" : "s") \(text(numbers))"
  }
}

/// Boxes in a sentence.
enum PathBoxText {
  /// "AWS NLB (5m 50s), AWS GWLB (5m 50s)".
  static func names(_ boxes: [PathBox]) -> String {
    boxes.map { "\($0.name) (\(DurationText.text(nanoseconds: $0.timeout)))" }.joined(separator: ", ")
  }

  /// Which boxes do what was seen.
  static func fitting(_ boxes: [PathBox]) -> String {
    boxes.isEmpty ? "No default of a known box fits." : "By their defaults fit: \(names(boxes))."
  }
}

extension TextStyle {
  /// Sentences in lines, with a label before the first.
  func labelled(_ label: String, _ sentences: [String]) -> [String] {
    let lines = sentences.flatMap { wrapped($0, indent: 5) }
    guard let first = lines.first else { return [] }
    return [bold(pad(label, 5)) + first.dropFirst(5)] + lines.dropFirst()
  }
}
