import Findings
import KernelView
import PacketWire

/// What the kernel's socket table says before the first packet: where keepalive is armed, and when it would probe.
public struct ArmedTimersText {
  /// Sockets shown.
  private static let shown = 10

  private let style: TextStyle
  private let zone: TimeZoneChoice

  /// Text in a style, with times in a zone.
  public init(style: TextStyle, zone: TimeZoneChoice) {
    self.style = style
    self.zone = zone
  }

  /// Two lines for each connection whose keepalive timer runs, the next to fire first: when it fires, and whose it is.
  ///
  /// - Parameters:
  ///   - armed: the connections.
  ///   - now: the time of the look, in nanoseconds since the epoch.
  /// - Returns: lines without their ends.
  public func lines(_ armed: [AuditedConnection], now: Int64) -> [String] {
    guard !armed.isEmpty else { return [] }
    var lines = ["\(counted(armed.count, "socket")) of this host with keepalive armed:"]
    for connection in armed.sorted(by: { $0.socket.expiresIn < $1.socket.expiresIn }).prefix(Self.shown) {
      let socket = connection.socket
      let wait = socket.expiresIn
      let time = ClockTime(now + Int64(nanosecondsIn: wait), zone)
      let ends = style.pad("\(socket.local) \(style.right) \(socket.remote)", 46)
      let what =
        socket.unanswered == 0 ? "no probe before" : "\(counted(socket.unanswered, "probe")) unanswered, next look"
      lines.append("  \(ends)\(socket.state), \(what) \(time.time), in \(DurationText.text(wait))")
      lines.append("    \(AuditNames.program(connection)), \(settings(connection))")
    }
    if armed.count > Self.shown { lines.append("  and \(armed.count - Self.shown) more") }
    return lines + [""]
  }

  private func settings(_ connection: AuditedConnection) -> String {
    guard let settings = connection.settings.read else { return "its settings are not known" }
    let timeout = settings.userTimeout.map { ", TCP_USER_TIMEOUT \(DurationText.text($0))" } ?? ""
    return
      "TCP_KEEPIDLE \(grouped(Int(settings.idle))) s, TCP_KEEPINTVL \(grouped(Int(settings.interval))) s, TCP_KEEPCNT "
      + "\(settings.count)\(timeout)"
  }
}
