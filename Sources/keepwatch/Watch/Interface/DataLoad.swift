/// Decides when segments with data are to stay in the kernel: by the packets handed over a second.
struct DataLoad {
  /// More packets a second than this cost more than a look is worth.
  static let most = 20_000
  /// Fewer than this, for so many seconds, and data is taken again.
  private static let few = 500
  private static let calm = 10

  private var second: Int64 = 0
  private var packetsBefore = 0
  private var calmSeconds = 0

  /// What is to change now, once a second at most.
  ///
  /// - Parameters:
  ///   - packets: packets handed over so far.
  ///   - isLeftOut: whether data is left out now.
  ///   - time: now, in nanoseconds since the epoch.
  /// - Returns: whether data is to be left out from now on; `nil` where all stays as it is.
  mutating func change(packets: Int, isLeftOut: Bool, at time: Int64) -> Bool? {
    let now = time / 1_000_000_000
    guard now > second else { return nil }
    let seconds = second == 0 ? 1 : Int(now - second)
    let rate = second == 0 ? 0 : (packets - packetsBefore) / seconds
    second = now
    packetsBefore = packets
    calmSeconds = rate < Self.few ? calmSeconds + seconds : 0
    if !isLeftOut, rate > Self.most { return true }
    return isLeftOut && calmSeconds >= Self.calm ? false : nil
  }
}
