import PacketWire

/// How an interface of a pcapng file counts time (if_tsresol, if_tsoffset; draft-ietf-opsawg-pcapng §4.2).
struct PcapngClock {
  private enum Unit {
    /// Ticks of 10^-n seconds.
    case decimal(Int)
    /// Ticks of 2^-n seconds.
    case binary(Int)
  }

  private let unit: Unit
  /// `nil` where that is no whole number.
  private let nanosecondsInTick: UInt64?
  var offsetSeconds: Int64 = 0

  /// Microseconds, as without the option.
  init() { self.init(.decimal(6)) }

  /// From the option's octet: the most significant bit tells the base; `nil` where no 64 bits could hold a second.
  init?(resolution: UInt8) {
    let exponent = Int(resolution & 0x7f)
    guard exponent <= (resolution & 0x80 == 0 ? 19 : 63) else { return nil }
    self.init(resolution & 0x80 == 0 ? .decimal(exponent) : .binary(exponent))
  }

  private init(_ unit: Unit) {
    self.unit = unit
    nanosecondsInTick = if case .decimal(let digits) = unit, digits <= 9 { Self.powersOfTen[9 - digits] } else { nil }
  }

  /// Nanoseconds since the epoch, rounded down; held at the ends of `PacketTime`.
  @inline(__always)
  func nanoseconds(_ ticks: UInt64) -> Int64 {
    if let nanosecondsInTick, offsetSeconds == 0 {
      let (product, overflow) = ticks.multipliedReportingOverflow(by: nanosecondsInTick)
      if !overflow, product <= UInt64(PacketTime.limit) { return Int64(truncatingIfNeeded: product) }
    }
    return anyNanoseconds(ticks)
  }

  /// The same of any unit and any number of ticks.
  func anyNanoseconds(_ ticks: UInt64) -> Int64 {
    let (seconds, fraction): (UInt64, UInt64)
    switch unit {
    case .decimal(let digits):
      let perSecond = Self.powersOfTen[digits]
      let (whole, rest) = ticks.quotientAndRemainder(dividingBy: perSecond)
      seconds = whole
      fraction = digits <= 9 ? rest &* Self.powersOfTen[9 - digits] : rest / Self.powersOfTen[digits - 9]
    case .binary(let bits):
      seconds = ticks >> UInt64(bits)
      let rest = ticks & (1 << UInt64(bits) &- 1)
      let product = rest.multipliedFullWidth(by: 1_000_000_000)
      fraction = bits == 0 ? 0 : product.low >> UInt64(bits) | product.high << UInt64(64 - bits)
    }
    let (shifted, overflow) = Int64(clamping: seconds).addingReportingOverflow(offsetSeconds)
    // Whole seconds first, as the product must not overflow either.
    let last = PacketTime.limit / 1_000_000_000
    let whole = overflow ? last : min(max(shifted, 0), last)
    return PacketTime.held(whole * 1_000_000_000 + Int64(fraction))
  }

  private static let powersOfTen: [UInt64] = (0...19).map { exponent in
    (0..<exponent).reduce(1) { power, _ in power &* 10 }
  }
}
