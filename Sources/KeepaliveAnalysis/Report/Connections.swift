import PacketWire

/// What the capture tells so far of the connections: what sessions and renderers may read.
///
/// A value as of the moment when it was asked for; keep it no longer than that, or the analyzer has to copy what it changes.
public struct Connections {
  let table: ConnectionTable
  let recogniser: Recogniser
  /// When the capture began: nanoseconds since the epoch; `nil` before the first packet.
  public let captureStart: Int64?
  /// The latest time seen.
  public let captureEnd: Int64
  /// The segments that were kept for time lines, in the order captured (`KeepaliveAnalyzer.traced`).
  public let trace: [Segment]
  /// Whether the capture has times: pcapng's simple packets have none.
  public let hasTimes: Bool
  /// Segments that were not kept, because they were too many.
  public let traceDropped: Int
  /// How many connections share an end; counted when that is first asked for.
  let sharedEnds = SharedEnds()
  /// Which connections are one; looked for when that is first asked for.
  let samePackets = SamePackets()

  /// How many connections began, forgotten ones included.
  public var begun: Int { table.begun }
  /// How many of them were forgotten, and why.
  public let forgotten: ForgottenCounts

  /// How many connections are tracked: those that were seen, without those that were forgotten.
  public var count: Int { table.records.count }
  /// Whether the connection with a number is.
  public func isTracked(_ number: Int) -> Bool { table.index(of: number) != nil }

  /// Their numbers, in the order in which they began, from 1.
  public var numbers: some Sequence<Int> { table.records.indices.lazy.map { table.number($0) } }

  /// One of them, by its place among them from 0: asked of each in turn, this costs less than a sequence of another module.
  public func number(at place: Int) -> Int { table.number(place) }

  /// Where the connection with `number` stands, which must be one of `numbers`.
  func index(_ number: Int) -> Int {
    guard let index = table.index(of: number) else { preconditionFailure("connection \(number) is not tracked") }
    return index
  }
  /// Segments of connections beyond the table's bound, which were not tracked.
  public var untracked: Int { table.untracked }
  /// Where the capturing host's clock was set while it captured.
  public var clockSteps: [ClockStep] { recogniser.recognised.clock.found }
  /// Packets recognised as captured before.
  public var copies: Int { recogniser.copies }

  /// What the capture tells so far of the connection with `number`, from 1.
  public func report(_ number: Int) -> ConnectionReport {
    let index = index(number)
    let record = table.records[index]
    let kept = Kept(index, record, recogniser.recognised)
    let addresses = table.addresses(index)
    let ends = table.ends[index]
    let (client, basis) = client(index)
    let copies = kept.remarks?.copies[index] ?? 0
    var report = ConnectionReport(
      number: number, first: addresses.first, second: addresses.second, client: client, clientBasis: basis,
      verdict: .notProbed, subject: client, deciding: Self.latestFrame(record, ends), firstTime: ends.firstTime,
      lastHeard: [record.first, record.second].compactMap(Self.heard).max(), silence: nil, silenceIsAtLeast: false,
      probers: [Side.first, .second].compactMap { side in
        kept[side].flatMap { prober($0, record[side].timeToLive, hasCopies: copies > 0) }
      },
      stall: Self.unacknowledged(record, kept, isRefused: false),
      refusedData: Self.unacknowledged(record, kept, isRefused: true),
      windowProbes: nil, closedWindow: [Side.first, .second].first { Self.isClosed(record[$0]) },
      reset: Self.reset(record, kept),
      closedBy: [Side.first, .second].filter { record[$0].knowledge.contains(.fin) },
      latestData: latestData(record, kept),
      silenceOfDataBeforeEnd: kept.isProbed && ends.silenceOfDataBeforeEnd >= 0
        ? Double(ends.silenceOfDataBeforeEnd) / 1e9 : nil,
      survived: nil, lost: nil,
      unheard: [Side.first, .second].first { !record[$0].knowledge.contains(.heard) },
      hasGaps: record.traits.contains(.hasGaps),
      uncertain: (kept.first?.details.uncertain.held.count ?? 0) + (kept.second?.details.uncertain.held.count ?? 0),
      copies: copies,
      quotedErrors: kept.remarks?.quotedErrors[index]?.count ?? 0,
      quotedErrorKinds: kept.remarks?.quotedErrors[index]?.kinds ?? [],
      ignored: kept.remarks?.ignored[index]?.count ?? 0, firstIgnored: kept.remarks?.ignored[index]?.first)
    report.clockSteps = clockSteps
    if report.unheard != nil { for index in report.probers.indices { report.probers[index].forgetInterval() } }
    report.timeToLiveOfCopies = kept.remarks?.timesToLiveOfCopies[index]
    report.answersComeEarly = [kept.first, kept.second].contains {
      $0?.record.marks.contains(.answersComeEarly) == true
    }
    report.sameConnection = samePackets.other(index, in: table)
    if report.isToItself {
      judgeToItself(&report, record, kept, ends)
    } else if hasTimes {
      judge(&report, record, kept, ends)
      judgeSilences(&report, record, kept)
    } else {
      judgeWithoutTimes(&report, record, kept, ends)
    }
    return report
  }

  /// The verdict of a connection of which nothing more is to be told, at less cost than its report.
  ///
  /// It had no probe, no retransmission and no silence of at least `silence` seconds.
  ///
  /// - Returns: the verdict that its report would give; `nil` where there may be more to tell.
  public func uneventfulVerdict(_ number: Int, silence limit: Double) -> Verdict? {
    let index = index(number)
    let record = table.records[index]
    guard hasTimes, record.prober == 0,
      record.traits.isDisjoint(with: [.hasSilence, .silenceWaits, .hasRemarks, .isToItself])
    else {
      return nil
    }
    let knowledge = record.first.knowledge.union(record.second.knowledge)
    if !knowledge.isDisjoint(with: [.fin, .reset]) {
      let silence = table.ends[index].silenceBeforeEnd
      guard silence.isNaN || Double(silence) < limit else { return nil }
      return record.traits.contains(.endIsReset) ? .reset : .closed
    }
    guard record.first.knowledge.intersection(record.second.knowledge).contains(.heard) else { return .unknown }
    return seconds(since: record.lastTime) < limit ? .notProbed : nil
  }

  /// When the ends of a connection were last heard, their probes and answers among that.
  public func heardEnds(_ number: Int) -> HeardEnds {
    let index = index(number)
    let ends = ends(index)
    let record = table.records[index]
    let (first, second) = recogniser.recognised.probers.probers(of: record)
    let heard = { (side: Side) -> Int64? in
      let prober = side == .first ? first : second
      return [Self.heard(record[side]), prober?.record.latest?.time].compactMap { $0 }.max()
    }
    return HeardEnds(
      number: number, server: ends.server, client: ends.client, serverTime: heard(ends.clientSide.peer),
      clientTime: heard(ends.clientSide), firstTime: table.ends[index].firstTime,
      isOpening: !record.traits.isDisjoint(with: [.synFromFirst, .synFromSecond]))
  }

  private static func heard(_ end: Endpoint) -> Int64? { end.knowledge.contains(.lastTime) ? end.lastTime : nil }

  private func latestData(_ record: Connection, _ kept: Kept) -> (side: Side, time: Int64)? {
    guard kept.isProbed, let side = record.latestDataSide else { return nil }
    return (side, record.dataTime)
  }

  /// In seconds: what fits into nanoseconds.
  private static let longestSilence = 9e9

  /// Which silences were survived, and which was not.
  private func judgeSilences(_ report: inout ConnectionReport, _ record: Connection, _ kept: Kept) {
    let silences = silences(index(report.number))
    var open = silences.open ?? kept.whole.flatMap { $0.openSilence(record, kept[$0.sideOfOpenSilence]?.record.latest) }
    open?.subtract(clockSteps)
    report.survived = SurvivedSilences(silences)
    if let refused = silences.refused {
      report.lost = LostSilence(
        length: Double(refused.length) / 1e9, isAtLeast: false, frame: refused.frame, wasRefused: true)
    } else if let open, open.length >= NetworkPath.tellingSilence,
      captureEnd &- (open.frame.time ?? captureEnd) > NetworkPath.likelyRoundTrip,
      report.unheard == nil
    {
      report.lost = LostSilence(
        length: Double(open.length) / 1e9, isAtLeast: false, frame: open.frame, wasRefused: false)
    } else if report.silenceIsAtLeast, report.verdict == .dead || report.verdict == .unanswered,
      let prober = report.probers.first(where: { $0.side == report.subject }), let silence = report.silence
    {
      // Probing was under way when the capture began: the silence before its first probe is not in the capture.
      report.lost = LostSilence(length: silence, isAtLeast: true, frame: prober.latest, wasRefused: false)
    }
  }

  /// Gives the verdict: the first of these that holds.
  private func judge(
    _ report: inout ConnectionReport, _ record: Connection, _ kept: Kept, _ ends: ConnectionEnds
  ) {
    judgeEnd(&report, record, kept, ends)
    guard report.verdict == .notProbed else { return }
    if let (side, probes) = Self.blocked(record, kept), let first = probes.firstWindowProbe {
      report.verdict = .blocked
      report.subject = side
      report.windowProbes = (first.reference, probes.windowProbes, probes.certainWindowProbes)
      report.deciding = first.reference
      report.silence = seconds(since: first.time)
    } else if let data = report.refusedData, report.closedWindow == data.side.peer {
      report.verdict = .blocked
      report.subject = data.side
      report.deciding = data.sent
      report.silence = seconds(since: data.sent.time ?? captureEnd)
    } else if let stall = report.stall {
      report.verdict = .stalled
      report.subject = stall.side
      report.deciding = stall.sent
      report.silence = seconds(since: record[stall.side.peer].lastTime)
    } else if let side = report.unheard, report.probers.contains(where: { $0.side != side }) || report.uncertain > 0 {
      report.verdict = .unknown
      report.subject = side.peer
    } else if let prober = report.probers.first(where: { isUnanswered(kept[$0.side]) }) {
      report.verdict = .unanswered
      report.subject = prober.side
      report.deciding = prober.latest
      setSilence(&report, heard: record[prober.side.peer], until: captureEnd)
    } else if let prober = report.probers.last {
      report.verdict = .answered
      report.subject = prober.side
      report.deciding = prober.latest
      report.silence = report.probers.map(\.longestSilenceSurvived).max()
      judgeMissedProbe(&report, record, kept)
    } else if let side = report.unheard {
      report.verdict = .unknown
      report.subject = side.peer
    } else {
      report.silence = seconds(since: record.lastTime)
    }
  }

  /// An answered connection is not known to live still where its next probe has not come.
  private func judgeMissedProbe(_ report: inout ConnectionReport, _ record: Connection, _ kept: Kept) {
    let missed = [Side.first, .second].compactMap { side in
      kept[side].flatMap { MissedProbe($0.record, record, captureEnd: captureEnd, clockSteps) }
    }
    guard let first = missed.min(by: { $0.due < $1.due }) else { return }
    report.missedProbe = first
    report.verdict = .unknown
    report.subject = first.side
    report.silence = seconds(since: first.since)
  }

  /// Without times only what the order of the packets tells can be said: whether a FIN or a reset ended it.
  private func judgeWithoutTimes(
    _ report: inout ConnectionReport, _ record: Connection, _ kept: Kept, _ ends: ConnectionEnds
  ) {
    report.hasTimes = false
    report.probers = []
    report.stall = nil
    judgeEnd(&report, record, kept, ends)
    if report.verdict == .notProbed { report.verdict = .unknown }
    report.silence = nil
    report.lastHeard = nil
    report.silenceOfDataBeforeEnd = nil
  }

  /// Of a socket connected to itself only its end can be told: there is no other side that is silent, or answers.
  private func judgeToItself(
    _ report: inout ConnectionReport, _ record: Connection, _ kept: Kept, _ ends: ConnectionEnds
  ) {
    report.hasTimes = hasTimes
    report.unheard = nil
    report.hasGaps = false
    judgeEnd(&report, record, kept, ends)
    if report.verdict == .notProbed { report.verdict = .unknown }
    report.silence = nil
  }

  /// Dead, reset or closed.
  private func judgeEnd(
    _ report: inout ConnectionReport, _ record: Connection, _ kept: Kept, _ ends: ConnectionEnds
  ) {
    let gaveUp = report.probers.filter { $0.giveUp != nil }
    if let prober = gaveUp.min(by: { $0.giveUp?.time ?? .max < $1.giveUp?.time ?? .max }), let giveUp = prober.giveUp {
      report.verdict = .dead
      report.subject = prober.side
      report.deciding = giveUp
      setSilence(&report, giveUp: kept[prober.side]?.details.giveUpSilence, at: giveUp.time ?? captureEnd)
      return
    }
    guard ends.endFrame != 0 else { return }
    let end = FrameReference(frame: Int(ends.endFrame), file: ends.endFile, time: ends.endTime)
    if record.traits.contains(.endIsReset) || report.reset?.answersProbe == true {
      report.verdict = .reset
      report.subject = report.reset?.side ?? (record.traits.contains(.endedByFirst) ? .first : .second)
      report.deciding = report.reset?.frame ?? end
    } else {
      let waiting = report.probers.contains { isUnanswered(kept[$0.side]) }
      if report.closedBy.count == 1, waiting { return }
      report.verdict = .closed
      report.subject = record.traits.contains(.endedByFirst) ? .first : .second
      report.deciding = end
    }
    report.silence = report.verdict == .closed ? report.silenceOfDataBeforeEnd : nil
    if report.silence == nil, !ends.silenceBeforeEnd.isNaN { report.silence = Double(ends.silenceBeforeEnd) }
    if !clockSteps.isEmpty, let silence = report.silence {
      let start = ends.endTime &- Int64(min(silence, Self.longestSilence) * 1e9)
      report.silence = silence - Double(clockSteps.amount(from: start, to: ends.endTime)) / 1e9
    }
  }

  private func isUnanswered(_ prober: Prober?) -> Bool {
    guard let prober, prober.record.unansweredRun > 0, !prober.isAnsweredByReset, let last = prober.record.latest else {
      return false
    }
    return prober.record.unansweredRun > 1 || prober.record.answered == 0
      || captureEnd &- last.time > NetworkPath.likelyRoundTrip
  }

  private func setSilence(_ report: inout ConnectionReport, heard peer: Endpoint, until time: Int64) {
    let isKnown = peer.knowledge.contains(.lastTime)
    report.silence = recogniser.recognised.seconds(from: isKnown ? peer.lastTime : captureStart ?? time, to: time)
    report.silenceIsAtLeast = !isKnown
    report.lastHeard = isKnown ? peer.lastTime : nil
  }

  /// The silence as it was at the give-up: the peer may have been heard after it.
  private func setSilence(_ report: inout ConnectionReport, giveUp silence: Double?, at time: Int64) {
    report.silence = silence ?? Double(time &- (captureStart ?? time)) / 1e9
    report.silenceIsAtLeast = silence == nil
    report.lastHeard = silence.map { time - Int64($0 * 1e9) }
  }

  private func seconds(since time: Int64) -> Double { recogniser.recognised.seconds(from: time, to: captureEnd) }

  // MARK: - The parts

  /// The side that opened the connection; without a SYN in the capture the other end is the one that more connections share,
  /// or else has the lower port.
  private func client(_ index: Int) -> (side: Side, basis: ClientBasis) {
    let record = table.records[index]
    if record.traits.contains(.synFromFirst) { return (.first, .syn) }
    if record.traits.contains(.synFromSecond) { return (.second, .syn) }
    let (first, second) = sharedEnds.counts(index, in: table)
    if first != second { return (first < second ? .first : .second, .sharedEnd(connections: max(first, second))) }
    return (record.firstPort >= record.secondPort ? .first : .second, .higherPort)
  }

  /// A connection's two ends, and which side is the client's.
  func ends(_ index: Int) -> (client: SocketAddress, server: SocketAddress, clientSide: Side) {
    let side = client(index).side
    let (first, second) = table.addresses(index)
    return side == .first ? (first, second, side) : (second, first, side)
  }

  /// A connection's long silences.
  func silences(_ index: Int) -> Silences {
    let (traits, prober) = (table.records[index].traits, Int(table.records[index].prober) >> 1)
    var silences =
      traits.contains(.hasSilence) ? recogniser.recognised.remarks.silences[index] ?? Silences() : Silences()
    silences.add(survived: Int(table.ends[index].silences), longest: table.ends[index].longestSilence)
    if let waiting = table.records[index].waitingSilence(table.ends[index]) { silences.end(waiting) }
    if prober > 0 {
      let whole = recogniser.recognised.probers.records[prober]
      silences.add(survived: Int(whole.silences), longest: whole.longestSilence)
    }
    return silences
  }

  private static func latestFrame(_ record: Connection, _ ends: ConnectionEnds) -> FrameReference {
    let latest = record.first.lastTime >= record.second.lastTime ? record.first : record.second
    let isKnown = latest.lastFrame != 0
    return FrameReference(
      frame: Int(isKnown ? latest.lastFrame : ends.firstFrame), file: isKnown ? record.lastFile : ends.firstFile,
      time: isKnown ? latest.lastTime : ends.firstTime)
  }

  /// Data that is retransmitted: that no acknowledgment comes for, or that is refused by a closed window.
  private static func unacknowledged(_ record: Connection, _ kept: Kept, isRefused: Bool) -> Stall? {
    for side in [Side.first, .second] {
      let end = record[side]
      guard end.nextToSend.isAfter(end.oldestUnacknowledged), let data = kept.unacknowledged(side),
        data.isRefusedByWindow == isRefused
      else { continue }
      return Stall(
        side: side, sent: FrameReference(frame: data.frame, file: record.lastFile, time: data.time),
        octets: Int(end.oldestUnacknowledged.distance(to: end.nextToSend)), retransmissions: data.retransmissions)
    }
    return nil
  }

  private static func blocked(_ record: Connection, _ kept: Kept) -> (Side, ProberDetails)? {
    for side in [Side.first, .second] where isClosed(record[side.peer]) {
      if let details = kept[side]?.details, details.windowProbes > 0 { return (side, details) }
    }
    return nil
  }

  private static func isClosed(_ end: Endpoint) -> Bool { end.window == 0 && end.knowledge.contains(.lastTime) }

  private static func reset(_ record: Connection, _ kept: Kept) -> ResetReport? {
    guard let reset = kept.reset else { return nil }
    return ResetReport(
      side: reset.side, frame: FrameReference(frame: reset.frame, file: reset.file, time: reset.time),
      timeToLive: reset.timeToLive, usualTimeToLive: reset.usualTimeToLive,
      continuesIdentification: reset.continuesIdentification, answersProbe: reset.answersProbe,
      isOfBothEnds: record[reset.side.peer].knowledge.contains(.reset),
      finBefore: reset.finBefore, receiverWentOn: receiverWentOn(record, kept, after: reset))
  }

  private static func receiverWentOn(
    _ record: Connection, _ kept: Kept, after reset: ResetEvidence
  ) -> FrameReference? {
    let receiver = record[reset.side.peer]
    guard !receiver.knowledge.contains(.reset) else { return nil }
    let probe = kept[reset.side.peer]?.record.latest?.reference
    let other = FrameReference(frame: Int(receiver.lastFrame), file: record.lastFile, time: receiver.lastTime)
    return [probe, other].compactMap { $0 }.last { ($0.time ?? 0) &- reset.time > NetworkPath.underWay }
  }

  /// Where packets were captured twice, at several places, their TTL tells of the place.
  private func prober(_ prober: Prober, _ timeToLive: UInt8, hasCopies: Bool) -> ProberReport? {
    let record = prober.record
    guard record.probes > 0, let last = record.latest else { return nil }
    let details = prober.details
    let hasGivenUp = details.giveUp != nil
    let longest = Double(record.longestUnansweredRun)
    let gaps = details.unanswered
    let settings = TimerSettings(prober)
    let run = Double(record.unansweredRun)
    return ProberReport(
      side: record.side, probes: Int(record.probes), answered: Int(record.answered),
      unanswered: prober.isAnsweredByReset ? 0 : Int(record.unansweredRun),
      longestUnanswered: Int(record.longestUnansweredRun), latest: last.reference,
      sendsGarbage: record.marks.contains(.sendsGarbage), omitsTimestamps: record.marks.contains(.omitsTimestamps),
      timeToLive: timeToLive,
      idle: settings.idle, interval: settings.interval, intervalGap: settings.intervalGap,
      doublingGaps: settings.doublingGaps,
      count: gaps.double
        ? nil
        : hasGivenUp
          ? SettingRange(low: run, high: run, observations: 1)
          : longest > 0 && gaps.statistics.count > 0 ? SettingRange(low: longest, high: nil, observations: 0) : nil,
      userTimeout: hasGivenUp && !gaps.double ? Self.userTimeout(prober, details) : nil, period: settings.period,
      answerDelay: record.answerDelays.spread,
      longestSilenceSurvived: record.longestSilenceSurvived, unaccepted: details.unaccepted.count,
      latestUnaccepted: details.unaccepted.latest, unacceptedIsCertain: details.unaccepted.isCertain,
      unacceptedFrames: details.unaccepted.frames, staleEcho: details.unaccepted.staleEcho,
      foreignAnswers: hasCopies ? nil : details.foreignAnswers.report,
      foreignProbes: hasCopies ? nil : details.foreignProbes.report, doubtful: record.doubtful,
      giveUp: details.giveUp?.reference)
  }

  /// TCP_USER_TIMEOUT is compared with the silence each time the timer fires after a probe (tcp_keepalive_timer): it was
  /// longer than the silence at the last probe, and no longer than at the give-up.
  private static func userTimeout(_ prober: Prober, _ details: ProberDetails) -> SettingRange? {
    guard let silence = details.giveUpSilence else { return nil }
    return SettingRange(
      low: prober.record.unansweredRun > 1 ? details.unanswered.lastProbeSilence ?? 0 : 0, high: silence,
      observations: 1)
  }

  // MARK: - Looking up

  /// The latest connection between two ends, in either order; `nil` where none was captured.
  public func connection(between one: SocketAddress, and other: SocketAddress) -> Int? {
    var segment = Segment()
    segment.source = one.address
    segment.sourcePort = one.port
    segment.destination = other.address
    segment.destinationPort = other.port
    return table.find(segment, table.tag(segment)).map { table.number($0.index) }
  }

  /// The connection to `server` whose first packet was captured in `times`, nanoseconds since the epoch; `nil` where there is
  /// none, or more than one.
  public func connection(openedTo server: SocketAddress, in times: ClosedRange<Int64>) -> Int? {
    // Connections are in the order of their first packets; copies and clocks set back disturb that by little.
    let slack: Int64 = 1_000_000_000
    var (low, high) = (0, table.ends.count)
    while low < high {
      let middle = (low + high) / 2
      if table.ends[middle].firstTime > times.upperBound &+ slack { high = middle } else { low = middle + 1 }
    }
    var found: Int?
    for index in stride(from: low - 1, through: max(0, low - Self.mostOpened), by: -1) {
      let first = table.ends[index].firstTime
      if first < times.lowerBound &- slack { break }
      guard times.contains(first), table.addresses(index).second == server else { continue }
      if found != nil { return nil }
      found = table.number(index)
    }
    return found
  }

  /// So many connections are looked through: where more were opened meanwhile, a connect() of which nothing but the server is
  /// known could be any of them.
  private static let mostOpened = 10_000
}

/// What is kept of a connection beside its record.
private struct Kept {
  let first: Prober?
  let second: Prober?
  /// What is kept of it as a whole.
  let whole: ProberRecord?
  /// Where something of it may stand; `nil` where nothing does.
  let remarks: Remarks?
  private let index: Int

  init(_ index: Int, _ record: Connection, _ recognised: Recognised) {
    self.index = index
    (first, second) = recognised.probers.probers(of: record)
    whole = recognised.probers.whole(of: record)
    remarks = record.traits.isDisjoint(with: [.hasRemarks, .hasSilence]) ? nil : recognised.remarks
  }

  subscript(side: Side) -> Prober? { side == .first ? first : second }

  /// Whether a probe of either kind was seen.
  var isProbed: Bool {
    [first, second].contains { $0?.record.latest != nil || $0?.details.windowProbes ?? 0 > 0 }
  }

  var reset: ResetEvidence? { remarks?.resets[index] }

  func unacknowledged(_ side: Side) -> UnacknowledgedData? {
    remarks?[unacknowledged: Subject(index: index, side: side, prober: 0)]
  }
}
