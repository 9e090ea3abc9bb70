import ArgumentParser
import Findings
import KeepaliveAnalysis
import PacketObservation
import Presenting
import SystemCalls

/// One watch, the same whatever its source and its presenters are: packets come, what is recognised in them is told, and at the
/// end what came of it.
final class Watch {
  private let source: any Source
  private let audience: Audience
  private let output: Output
  private let failOn: [Verdict]
  /// What the connections came to that were forgotten.
  private var forgotten: ConnectionFindings
  private let connectionListeners: [any Presenter]
  private let needs: Needs
  private var observer: PacketObserver
  private var events: KeptEvents
  private var calls: WaitingCalls
  private var startIsTold = false
  /// Of the packets that are kept, so many were told.
  private var packetsTold = 0

  /// A watch of `source`.
  ///
  /// - Parameters:
  ///   - source: where packets come from.
  ///   - presenters: who are told; those that write elsewhere come last.
  ///   - output: where the others write.
  ///   - failOn: the verdicts that make an exit status of 3.
  ///   - maximumConnections: how many connections are tracked; `nil` where its user has not said.
  init(
    _ source: any Source, _ presenters: [any Presenter], output: Output, failOn: [Verdict] = [],
    maximumConnections: Int? = nil
  ) {
    self.source = source
    self.output = output
    self.failOn = failOn
    audience = Audience(presenters)
    needs = audience.needs.joined(with: source.needs)
    events = KeptEvents(needs.events)
    calls = WaitingCalls(
      settlingTime: needs.callsAtOnce ? 0 : WaitingCalls.settlingTime, keepsAll: source.keepsCalls)
    connectionListeners = presenters.filter(\.needs.tellsConnections)
    forgotten = ConnectionFindings(needs.keepsReports ? .all : connectionListeners.isEmpty ? .folded : .streamed)
    // What is asked for must be there at the end.
    let forgets = source.isEndless && needs.forgets
    observer = source.makeObserver(
      maximumConnections: maximumConnections
        ?? (forgets ? KeepaliveAnalyzer.maximumLiving : KeepaliveAnalyzer.maximumConnections))
    observer.analyzer.forgets = forgets
    observer.analyzer.notableSilence =
      connectionListeners.isEmpty && !needs.keepsReports && !needs.tellsForgotten ? Notability.silence : nil
    observer.analyzer.traced = needs.traced
    observer.analyzer.tracesOpeningsAndEnds = needs.tellsOpeningsAndEnds
    observer.analyzer.explained = needs.frame.map { FrameKey(file: 0, frame: $0) }
  }

  /// Watches to the end.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    try source.begin(audience)
    output.flush()
    while isHeard, try source.take(into: &observer) {
      tellEvents()
      if source.isLive ? goOn() : source.isEndless && audience.refresh(state) { break }
      output.flush()
    }
    audience.leaveScreen()
    if !isHeard { try endUnheard() }
    try source.finish(&observer)
    tellEvents()
    calls.take(source.newCalls(isLast: true))
    tellCalls(isLast: true)
    guard !source.isAbandoned else {
      audience.abandon()
      return try source.exitStatus(output, isAlarming: false)
    }
    return try end()
  }

  /// Whether what is made still serves somebody.
  private var isHeard: Bool {
    if source.goesOnUnheard { return true }
    switch source.savingFailure {
    case .readerIsGone, .isInterrupted: return false
    // Where only the packets cannot be saved, the watch goes on.
    case .error, nil: return output.failure == nil || audience.writesElsewhere
    }
  }

  private func endUnheard() throws {
    source.stop()
    try output.finish()
    try source.savingFailure?.endProgram()
  }

  /// What there is to do beside packets, where they are of the present.
  ///
  /// - Returns: whether a user asks for the end.
  private func goOn() -> Bool {
    calls.take(source.newCalls(isLast: false))
    tellCalls(isLast: false)
    source.lookAround(observer)
    return audience.refresh(state)
  }

  /// What is known now, for who shows or counts it.
  private var state: WatchState { WatchState(observer) { [source] in source.losses } }

  private func tellEvents() {
    observer.flush()
    if let time = source.knownUntil { observer.analyzer.advance(to: time) }
    if !startIsTold, let start = observer.analyzer.captureStart {
      startIsTold = true
      audience.start(at: start)
    }
    for event in observer.analyzer.events {
      events.keep(event)
      audience.event(event)
      source.recognised(event)
    }
    observer.analyzer.events.removeAll(keepingCapacity: true)
    if events.isFull, !needs.tellsEvents { observer.analyzer.wantsEvents = false }
    if needs.tellsPackets || needs.tellsOpeningsAndEnds { tellPackets() }
    if let forgotten = observer.analyzer.takeForgotten() { take(forgotten) }
  }

  private func take(_ gone: Forgotten) {
    for report in gone.reports {
      for listener in connectionListeners { listener.connection(report) }
      for presenter in audience.presenters { presenter.forgotten(report) }
    }
    forgotten.note(forgotten: gone.reports, uneventful: gone.uneventful)
  }

  private func tellPackets() {
    do {
      // For no longer than this: what the analyzer changes while somebody else has it, it has to copy.
      let connections = observer.analyzer.connections
      for segment in connections.trace[packetsTold...] {
        let number = connections.connection(between: segment.sourceAddress, and: segment.destinationAddress)
        if let number { audience.packet(segment, of: number) }
      }
    }
    switch needs.packets {
    case .none: observer.analyzer.trace.removeAll(keepingCapacity: true)
    // Kept packets that are too many serve nobody, and the others are to be told as well.
    case .all where observer.analyzer.traceIsFull: observer.analyzer.dropTrace()
    case .all, .connections: break
    }
    packetsTold = observer.analyzer.trace.count
  }

  private func tellCalls(isLast: Bool) {
    // Of the past all calls are known at once, and told when all is known.
    guard source.isLive else { return }
    for call in calls.due(at: isLast ? .max : currentTime(), observer.analyzer.connections) {
      source.joined(call)
      audience.call(call)
    }
  }

  private func end() throws -> Int32 {
    let programs = ProgramFindings(
      calls.logs, names: source.logNames, with: observer.analyzer.connections,
      reporting: audience.presenters.reduce(into: []) { $0.formUnion($1.connections) })
    for disagreement in programs.disagreements { complain(ApplicationText.clock(disagreement)) }
    if !source.isLive { for call in programs.calls { audience.call(call) } }
    let findings = CaptureFindings(
      of: observer, source.facts, programs, events: events.events, forgotten, asked: needs.connections
    ) { report in
      for listener in connectionListeners { listener.connection(report) }
    }
    let missing = needs.missing(in: findings)
    for sentence in missing { complain(sentence) }
    var status: Int32 = 0
    for presenter in audience.presenters {
      // Where one cannot write, the others do.
      do { try presenter.end(findings) } catch let exit as ExitCode { status = exit.rawValue }
      output.flush()
    }
    if status != 0 { return status }
    status = try source.exitStatus(output, isAlarming: failOn.contains { findings.connections.verdicts[$0] > 0 })
    return missing.isEmpty ? status : 1
  }
}
