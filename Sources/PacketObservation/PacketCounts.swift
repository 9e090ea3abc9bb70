import PacketWire

/// How many packets were seen, and what they were: nothing is skipped silently.
public struct PacketCounts: Sendable {
  /// Packets seen, after any filter.
  public private(set) var packets = 0
  /// The first packet's time; nanoseconds since the epoch.
  public private(set) var firstTime: Int64?
  /// The latest time of any packet; `nil` before the first.
  public var lastTime: Int64? { packets == 0 ? nil : latestTime }
  /// Packets without a time: pcapng's simple packets have none.
  public private(set) var withoutTime = 0
  /// Whether any packet has a time.
  public var hasTimes: Bool { packets == 0 || withoutTime < packets }
  /// Packets that were captured before the one that stands before them.
  public private(set) var timeWentBack = 0

  /// By `DecodeResult.rawValue`, which is below 16.
  private var results = InlineArray<16, Int>(repeating: 0)
  private var previousTime: Int64 = 0
  private var latestTime: Int64 = .min

  /// Nothing seen.
  public init() {}

  /// How many packets were `result`.
  public subscript(result: DecodeResult) -> Int { results[Int(result.rawValue)] }

  /// Packets that contradict themselves.
  public var malformed: Int { DecodeResult.allCases.filter(\.isMalformed).reduce(0) { $0 + self[$1] } }

  @inline(__always)
  mutating func note(_ result: DecodeResult) {
    packets &+= 1
    results[Int(result.rawValue)] &+= 1
  }

  /// Notes a packet's time; one without any is taken to be as late as the one before it.
  @inline(__always)
  mutating func note(time: Int64?) -> Int64 {
    if time == nil { withoutTime &+= 1 }
    let time = time ?? previousTime
    if packets == 0 {
      firstTime = time
    } else if time < previousTime {
      timeWentBack &+= 1
    }
    latestTime = max(latestTime, time)
    previousTime = time
    return time
  }
}
