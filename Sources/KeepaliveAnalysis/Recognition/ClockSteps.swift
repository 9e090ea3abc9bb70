import PacketWire

/// A place where the capturing host's clock was set while it captured.
public struct ClockStep: Sendable {
  /// The first packet after it.
  public var frame: FrameReference
  /// The time of the latest packet before it, by the clock as it was: nanoseconds since the epoch.
  public var before: Int64
  /// By about how many nanoseconds; negative where the clock was set back.
  public var amount: Int64
}

extension [ClockStep] {
  /// How much the clock was set forward between two times that it showed, in nanoseconds.
  public func amount(from start: Int64, to end: Int64) -> Int64 {
    reduce(0) { sum, step in
      let isBetween = step.amount > 0 && start <= step.before && step.frame.time ?? .max <= end
      return isBetween ? sum &+ step.amount : sum
    }
  }
}

/// Finds where the capturing host's clock was set: there the timestamps of both ends of a connection went on by another time
/// than the capture's clock (RFC 7323 §5.4), and both by the same.
///
/// Where only one end's stood still, that host was suspended: the silence was real.
struct ClockSteps {
  /// A long gap between two packets of the whole capture, or a way back: where the clock may have been set.
  private struct Jump {
    var frame: FrameReference
    var before: Int64
    var size: Int64
  }

  /// What one end's timestamps say against the capture's clock.
  private struct Disagreement {
    var side: Side
    /// Between which times.
    var since: Int64
    var until: Int64
    var amount: Int64
  }

  /// The steps found so far.
  private(set) var found: [ClockStep] = []
  private var jumps: [Jump] = []
  private var isBehind = false
  /// By connection: the disagreement of one end, until the other is heard.
  private var disagreements: [Int: Disagreement] = [:]

  /// So many of the widest gaps are kept; the clock is not set more often than that.
  private static let jumpsKept = 16

  // MARK: - Where the clock may have been set

  /// Takes the time of a packet, where the latest before it was `latest`.
  @inline(__always)
  mutating func note(_ segment: Segment, after latest: Int64) {
    let gap = segment.time &- latest
    if gap >= NetworkPath.tellingSilence || gap < -CaptureOrder.shortestClockStep || isBehind {
      noteJump(segment, latest)
    }
  }

  /// Whether a packet's time, after the latest before it, tells nothing of the clock, and nothing is known or open of it.
  @inline(__always)
  func isQuiet(_ segment: Segment, after latest: Int64) -> Bool {
    let gap = segment.time &- latest
    return gap < NetworkPath.tellingSilence && gap >= -CaptureOrder.shortestClockStep && isQuiet
  }

  /// Whether nothing is known or open of the clock.
  @inline(__always) var isQuiet: Bool { !isBehind && found.isEmpty && disagreements.isEmpty }

  private mutating func noteJump(_ segment: Segment, _ latest: Int64) {
    let size = segment.time &- latest
    let wasBehind = isBehind
    isBehind = size < -CaptureOrder.shortestClockStep
    guard latest > 0, size >= NetworkPath.tellingSilence || isBehind && !wasBehind else { return }
    jumps.append(
      Jump(
        frame: FrameReference(frame: segment.frame, file: segment.file, time: segment.time), before: latest, size: size)
    )
    guard jumps.count > Self.jumpsKept,
      let least = jumps.indices.min(by: { jumps[$0].size.magnitude < jumps[$1].size.magnitude })
    else { return }
    jumps.remove(at: least)
  }

  /// Connections were forgotten, and the others have new indices.
  mutating func move(to places: [Int32]) { disagreements = disagreements.moved(to: places) }

  // MARK: - What the ends say

  /// Takes what an end's timestamps say of the time since that end was last heard.
  ///
  /// - Parameters:
  ///   - comparison: what they say.
  ///   - index: the connection's.
  ///   - side: whose timestamps they are.
  mutating func note(_ comparison: TimestampComparison, _ index: Int, _ side: Side) {
    guard let other = disagreements[index], other.side != side else {
      if let amount = comparison.disagreement {
        disagreements[index] = Disagreement(
          side: side, since: comparison.since, until: comparison.until, amount: amount)
      }
      return
    }
    disagreements[index] = nil
    guard let amount = comparison.disagreement, Self.isAlike(amount, other.amount) else { return }
    note(step: other.amount, since: max(comparison.since, other.since), until: min(comparison.until, other.until))
  }

  private mutating func note(step amount: Int64, since: Int64, until: Int64) {
    let jump = jumps.last { jump in
      amount > 0
        ? since <= jump.before && jump.frame.time ?? .max <= until
          && jump.size >= amount - CaptureOrder.shortestClockStep
        : jump.size < 0 && jump.before >= until
    }
    guard let jump, !found.contains(where: { $0.frame == jump.frame }) else { return }
    found.append(ClockStep(frame: jump.frame, before: jump.before, amount: amount))
  }

  /// Both were rounded to their clock's ticks, and one end was heard a little after the other.
  private static func isAlike(_ one: Int64, _ other: Int64) -> Bool {
    (one &- other).magnitude <= max(CaptureOrder.shortestClockStep.magnitude, one.magnitude / 100)
  }
}

/// What an end's timestamps say of the time between two of its segments, against the capture's clock.
struct TimestampComparison {
  /// When the earlier was captured.
  let since: Int64
  /// When the later was.
  let until: Int64
  /// By how many nanoseconds more the capture's clock went on; `nil` where the two agree.
  let disagreement: Int64?
  /// The length of a tick as it was measured, in nanoseconds; `nil` where they disagree.
  let tick: Int64?

  /// Compares two segments of one end, of which the later comes after a silence, or stands before the earlier by its time;
  /// `nil` where nothing can be said.
  ///
  /// - Parameters:
  ///   - since: when the earlier was captured.
  ///   - until: when the later was.
  ///   - advance: how far TSval went on.
  ///   - known: the tick that an earlier comparison measured.
  init?(since: Int64, until: Int64, advance: UInt32, tick known: Int64?) {
    let elapsed = until &- since
    let ticks = Int64(Int32(bitPattern: advance))
    guard ticks != 0 else { return nil }
    (self.since, self.until) = (since, until)
    if elapsed > 0, let tick = known ?? Self.tick(elapsed, ticks), Self.agrees(elapsed, advance, tick) {
      (disagreement, self.tick) = (nil, tick)
      return
    }
    // Without a known tick only what no clock allows is a disagreement.
    let isImpossible = elapsed < 0 || ticks > 0 && elapsed / ticks > TimestampClock.longestTick
    guard ticks > 0, known != nil || isImpossible else { return nil }
    (disagreement, self.tick) = (elapsed &- ticks &* (known ?? TimestampClock.ticks[0]), nil)
  }

  private static func tick(_ elapsed: Int64, _ ticks: Int64) -> Int64? {
    guard ticks > 0 else { return nil }
    return TimestampClock.ticks.first { isNear(elapsed / ticks, $0) }
  }

  /// Whether the two clocks agree; TSval wraps around, with ticks of 1 ms after 49 days.
  private static func agrees(_ elapsed: Int64, _ advance: UInt32, _ tick: Int64) -> Bool {
    // Nearly always it has not wrapped around, and a product tells: it is cheaper than a quotient.
    let product = Int64(advance) &* tick
    if (product &- elapsed).magnitude <= 2_000_000_000 { return true }
    let difference = Int64(Int32(bitPattern: advance &- UInt32(truncatingIfNeeded: elapsed / tick)))
    return difference.magnitude &* tick.magnitude <= max(2_000_000_000, elapsed.magnitude / 50)
  }

  private static func isNear(_ one: Int64, _ other: Int64) -> Bool { (one &- other).magnitude <= other.magnitude / 50 }
}
