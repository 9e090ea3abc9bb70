import PacketWire

/// Which connections are given up, and when, so that a watch of months takes no more memory than one of an hour.
///
/// What has ended goes after `timeWait`, what was never answered after `longestOpening`. Where there are more connections than
/// may be tracked, those go that are least likely to have told anything yet: first the ones of which one end alone was heard,
/// the longest silent first; then the others that are not protected, drawn by lot: by silence those would go first that probe
/// next, and with a few more connections than may be tracked none would live to its second probe. Protected is a connection
/// whose numbers of both ends were seen, with two probes at least a second apart: nobody makes many of these without many
/// packets and much time. A share of the table is kept for the others; where the protected ones take more, those with the
/// fewest probes go, and among these the longest silent.
struct Forgetting {
  /// What Linux keeps of a connection that has ended, 60 s (include/net/tcp.h, TCP_TIMEWAIT_LEN): what comes later is refused
  /// by a reset, or begins another.
  static let timeWait: Int64 = 60_000_000_000
  /// Linux gives up a SYN that nobody answers after 127 s (tcp_syn_retries 6, Documentation/networking/ip-sysctl.rst); and
  /// `timeWait`.
  static let longestOpening: Int64 = 187_000_000_000
  /// They are looked through so often, at least.
  static let interval: Int64 = 60_000_000_000
  /// Where there are fewer than so many, nothing is looked through because more came.
  static let fewest = 4096
  /// So many new ones are taken between two looks, at most a batch more.
  static let margin = Tracker.batchSize

  /// Connections that were given up after they had ended, or were never answered.
  private(set) var ended = 0
  /// Connections that were given up because there were too many, and whether they were protected.
  private(set) var crowdedOut = 0
  private(set) var protectedCrowdedOut = 0
  /// When they were last looked through, and how many more may come until then.
  private var latest: Int64 = 0
  private var nextCount = Self.fewest
  /// How often connections were crowded out: each time other lots are drawn.
  private var draws: UInt64 = 0

  /// Whether it is time to look through so many connections.
  func isDue(_ count: Int, at time: Int64, limit: Int) -> Bool {
    // Where the capture's clock was set back, the time since is not known.
    count >= min(nextCount, limit &- Self.margin) || (time &- latest).magnitude >= Self.interval.magnitude && count > 0
  }

  /// Looks through the connections.
  ///
  /// - Parameters:
  ///   - table: the connections.
  ///   - probers: what was seen of their ends as probers.
  ///   - time: the capture's clock.
  ///   - limit: how many may be tracked.
  /// - Returns: whether each is to be given up.
  mutating func choose(_ table: ConnectionTable, _ probers: [ProberRecord], at time: Int64, limit: Int) -> [Bool] {
    var isGone = [Bool](repeating: false, count: table.records.count)
    var count = 0
    for index in table.records.indices where Self.isOver(table.records[index], at: time) {
      isGone[index] = true
      count += 1
    }
    ended += count
    let kept = table.records.count - count
    let most = limit / 4 * 3
    if table.records.count >= limit - Self.margin, kept > most {
      crowdOut(kept - most, of: table, probers, &isGone)
    }
    latest = time
    return isGone
  }

  /// So many are left now.
  mutating func note(left count: Int) { nextCount = max(Self.fewest, count * 2) }

  /// Whether nothing of a connection can be expected any more.
  private static func isOver(_ record: Connection, at time: Int64) -> Bool {
    if record.traits.contains(.hasPendingSYN) { return false }
    if record.traits.contains(.isReplaced) { return true }
    let silence = time &- record.lastTime
    if !record.isOpen { return silence >= timeWait }
    return record.isUnansweredSYN && silence >= longestOpening
  }

  private mutating func crowdOut(
    _ number: Int, of table: ConnectionTable, _ probers: [ProberRecord], _ isGone: inout [Bool]
  ) {
    // The number that lies at the share of those to be given up is estimated from some of them: sorting all takes longer
    // than all the rest.
    draws += 1
    let step = max(1, (table.records.count - 1) / Self.sample + 1)
    var sample: [UInt64] = []
    for index in stride(from: 0, to: table.records.count, by: step) where !isGone[index] {
      sample.append(worth(index, table, probers))
    }
    sample.sort()
    guard let most = sample.last else { return }
    let place = sample.count * number / (table.records.count - isGone.lazy.filter { $0 }.count)
    let limit = place < sample.count ? sample[place] : most
    var left = number
    for index in table.records.indices where left > 0 && !isGone[index] {
      let worth = worth(index, table, probers)
      guard worth <= limit else { continue }
      isGone[index] = true
      left -= 1
      if worth >= Self.protected { protectedCrowdedOut += 1 } else { crowdedOut += 1 }
    }
  }

  /// Of so many the order is looked at.
  private static let sample = 1 << 14

  /// What lies at or above this is protected.
  private static let protected: UInt64 = 1 << 63

  /// Later to be given up is what has a greater worth: by its kind, its probes, and when it was last heard.
  private func worth(_ index: Int, _ table: ConnectionTable, _ probers: [ProberRecord]) -> UInt64 {
    let record = table.records[index]
    var probes: UInt64 = 0
    var latest = record.lastTime
    var isProtected = false
    if record.prober > 0 {
      let prober = probers[Int(record.prober) >> 1]
      isProtected = prober.marks.contains(.hasProbesApart) || probers[Int(prober.other)].marks.contains(.hasProbesApart)
      probes = UInt64(prober.probes) + UInt64(probers[Int(prober.other)].probes)
      latest = max(latest, prober.latest?.time ?? 0)
    }
    // In steps of 4 ms, 39 bits until the year 2554.
    let time = UInt64(max(0, latest)) >> 22
    guard record.stands else { return time }
    guard isProtected else { return 1 << 62 | (probes > 0 ? 1 << 61 : 0) | lot(of: table.number(index)) }
    return Self.protected | min(probes, 1 << 20 - 1) << 42 | time
  }

  /// A number of 60 bits, another in each draw (a round of splitmix64: Steele, Lea and Flood, 2014).
  private func lot(of number: Int) -> UInt64 {
    var bits = UInt64(number) &+ draws &* 0x9e37_79b9_7f4a_7c15
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    return bits >> 4
  }
}

extension Dictionary where Key == Int {
  /// The same values by the new indices of their connections, without those of connections that are gone.
  func moved(to places: [Int32]) -> [Int: Value] {
    guard !isEmpty else { return self }
    var moved: [Int: Value] = [:]
    for (index, value) in self where places[index] >= 0 { moved[Int(places[index])] = value }
    return moved
  }
}

extension Connection {
  /// Whether its only packets are SYNs of one end.
  fileprivate var isUnansweredSYN: Bool {
    traits.contains(.synFromFirst) && !second.knowledge.contains(.heard) && dataTime == 0
      && first.knowledge.isDisjoint(with: .acknowledged)
  }
}

/// Connections that were forgotten.
public struct Forgotten: Sendable {
  /// The reports of those that are worth one.
  public internal(set) var reports: [ConnectionReport] = []
  /// How often each verdict was given to the others.
  public internal(set) var uneventful: [Verdict: Int] = [:]
}

/// How many connections were forgotten, and why.
public struct ForgottenCounts: Sendable {
  /// Some time after they had ended, or as SYNs that nobody answered.
  public let ended: Int
  /// Because there were too many, and they had not been probed: those that were silent longest.
  public let crowdedOut: Int
  /// Because there were too many, though they were probed twice and more: those with the fewest probes.
  public let protectedCrowdedOut: Int

  init(_ forgetting: Forgetting) {
    ended = forgetting.ended
    crowdedOut = forgetting.crowdedOut
    protectedCrowdedOut = forgetting.protectedCrowdedOut
  }
}
