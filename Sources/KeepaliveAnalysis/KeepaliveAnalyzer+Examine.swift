import PacketWire

/// The slow path: anything that may be a probe, or that follows one.
extension KeepaliveAnalyzer {
  /// The connection's history, begun where there is none yet.
  mutating func historyIndex(_ index: Int) -> Int {
    if table.records[index].history < 0 {
      table.records[index].history = Int32(histories.count)
      var history = History()
      // What its latest sender of data sent last was that data: an acknowledgment of its own would answer data of the peer.
      if let side = table.records[index].latestDataSide { history.latestDataTime = table.records[index][side].lastTime }
      histories.append(history)
      probers.append(ProberHistory())
      probers.append(ProberHistory())
    }
    return Int(table.records[index].history)
  }

  mutating func examine(_ segment: Segment, _ index: Int, _ side: Side) {
    examined = FrameKey(segment)
    if table.records[index].traits.contains(.firstMayBeProbe) { settleFirst(segment, index, side) }
    if isCopy(segment, index, side) {
      copies += 1
      histories[historyIndex(index)].copies += 1
      return
    }
    noteSilence(segment, index, side)
    noteSilenceOfData(segment, index)
    if segment.flags.contains(.rst) {
      examineReset(segment, index, side)
      return
    }
    let isProbe = examineForm(segment, index, side)
    if table.records[index].history >= 0 {
      let history = Int(table.records[index].history)
      var isAnswer = false
      if !isProbe {
        isAnswer = examineAnswer(segment, index, side)
        follow(segment, index, side)
      }
      if isProbe || isAnswer { probers[Self.place(history, side)].recent.add(segment) }
    }
    noteRetransmission(segment, index, side)
    if segment.payloadLength > 0, !isProbe, table.records[index].history >= 0 {
      histories[Int(table.records[index].history)].latestDataTime = segment.time
    }
    update(segment, index, side, isProbe: isProbe)
  }

  /// Takes what the segment says of its connection.
  mutating func update(_ segment: Segment, _ index: Int, _ side: Side, isProbe: Bool) {
    if !segment.flags.isDisjoint(with: [.syn, .fin, .rst]) {
      table.records[index].noteControl(segment, from: side, &table.ends[index])
    }
    let unacknowledged = table.records[index][side.peer].oldestUnacknowledged
    table.records[index].update(segment, from: side, isProbe: isProbe)
    let record = table.records[index]
    if record.history >= 0, record[side.peer].oldestUnacknowledged != unacknowledged {
      probers[Self.place(Int(record.history), side.peer)].retransmitted = nil
    }
  }

  /// The second packet of a connection tells whether the first, an empty acknowledgment, may still be a probe.
  mutating func settleFirst(_ segment: Segment, _ index: Int, _ side: Side) {
    guard table.records[index].keepsFirstOpen(segment, from: side) else {
      table.records[index].takeFirstAsOrdinary()
      return
    }
    let first = HeldSegment(firstOf: table.records[index], table.ends[index])
    table.records[index].putFirstAside()
    let history = historyIndex(index)
    probers[Self.place(history, .first)].uncertain = UncertainRun(first: first)
    probers[Self.place(history, .first)].recent.add(first)
  }

  /// Whether this packet was captured before: on another interface, or because the file is joined to itself.
  mutating func isCopy(_ segment: Segment, _ index: Int, _ side: Side) -> Bool {
    let record = table.records[index]
    if record.history >= 0 {
      let history = Int(record.history)
      if let until = histories[history].repeatedUntil {
        if segment.time <= until { return true }
        histories[history].repeatedUntil = nil
      }
      if probers[Self.place(history, side)].recent.contains(segment) { return true }
    }
    if record.isDuplicate(segment, from: side) { return true }
    guard record.goesBackInTime(with: segment, from: side) else { return false }
    histories[historyIndex(index)].repeatedUntil = record.lastTime
    return true
  }

  /// At the first FIN or reset: how long no data had been seen.
  private mutating func noteSilenceOfData(_ segment: Segment, _ index: Int) {
    guard !segment.flags.isDisjoint(with: [.fin, .rst]), table.ends[index].endFrame == 0,
      table.records[index].history >= 0
    else { return }
    let history = Int(table.records[index].history)
    histories[history].silenceOfDataBeforeEnd = histories[history].latestDataTime.map { segment.time &- $0 }
  }
}
