import ArgumentParser
import Findings
import KeepaliveAnalysis
import KernelView
import PacketWire
import Presenting
import SystemCalls

/// Metrics for whoever asks its listener.
final class MetricsPresenter: Presenter {
  /// Figures are made anew when they are so old, in nanoseconds: who asks all the time keeps no packet waiting.
  private static let oldest: Int64 = 1_000_000_000
  /// Addresses of this host come and go.
  private static let oldestAddresses: Int64 = 10_000_000_000

  private let listener: Listener
  private var metrics = WatchMetrics(version: Keepwatch.configuration.version, began: currentTime())
  private var look: HostLook?
  private var families: [MetricFamily] = []
  private var madeAt: Int64 = 0
  private var addresses: Set<IPAddress> = []
  private var addressesReadAt: Int64 = 0
  private var isOver = false

  init(_ listener: Listener) {
    self.listener = listener
    // Without the process that reads settings: timers tell whether keepalive is on.
    look = NetworkNamespace.current().map {
      HostLook(namespaces: [$0], unreadNamespaces: 0, helper: nil, filter: AuditFilter())
    }
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    needs.tellsForgotten = true
    return needs
  }

  var writesElsewhere: Bool { true }
  var descriptors: [Int32] { isOver ? [] : [listener.descriptor] }

  func event(_ event: KeepaliveEvent) {
    let now = currentTime()
    if now - addressesReadAt > Self.oldestAddresses { (addresses, addressesReadAt) = (HostAddresses.now(), now) }
    metrics.note(event, isLocal: addresses.contains(event.source.address))
  }

  func forgotten(_ report: ConnectionReport) { metrics.note(forgotten: report) }

  func refresh(_ state: WatchState) -> Bool {
    for question in listener.questions() {
      switch question.subject {
      case .healthy: listener.answer(question, ["The watch goes on."])
      case .text: listener.answer(question, Exposition.text.lines(current(state)))
      case .openMetrics: listener.answer(question, Exposition.openMetrics.lines(current(state)))
      }
    }
    isOver = listener.hasEnded
    return isOver
  }

  /// The families, at most a second old.
  private func current(_ watch: WatchState) -> [MetricFamily] {
    guard watch.time - madeAt > Self.oldest else { return families }
    var state = WatchMetrics.State()
    state.packets = watch.packets
    state.begun = watch.begun
    state.tracked = watch.tracked
    state.losses = watch.losses
    state.sockets = look?.audit()?.connections
    families = metrics.families(state)
    madeAt = watch.time
    return families
  }

  func end(_ findings: CaptureFindings) throws {
    guard isOver else { return }
    complain("the program that answers at --listen has ended, so the watch has ended too.")
    throw ExitCode(1)
  }
}
