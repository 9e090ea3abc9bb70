/// How an interface of a pcapng file counts time (if_tsresol, if_tsoffset; draft-ietf-opsawg-pcapng §4.2).
struct PcapngClock {
  enum Unit {
    /// Ticks of 10^-n seconds.
    case decimal(Int)
    /// Ticks of 2^-n seconds.
    case binary(Int)
  }

  var unit = Unit.decimal(6) {
    didSet { nanosecondsInTick = Self.nanosecondsInTick(unit) }
  }
  var offsetSeconds: Int64 = 0
  /// `nil` where that is no whole number.
  private var nanosecondsInTick: UInt64? = 1000

  init() {}

  /// From the option's octet: the most significant bit tells the base; `nil` where no 64 bits could hold a second.
  init?(resolution: UInt8) {
    let exponent = Int(resolution & 0x7f)
    unit = resolution & 0x80 == 0 ? .decimal(exponent) : .binary(exponent)
    guard exponent <= (resolution & 0x80 == 0 ? 19 : 63) else { return nil }
    nanosecondsInTick = Self.nanosecondsInTick(unit)
  }

  private static func nanosecondsInTick(_ unit: Unit) -> UInt64? {
    guard case .decimal(let digits) = unit, digits <= 9 else { return nil }
    return powersOfTen[9 - digits]
  }

  /// Nanoseconds since the epoch, rounded down; held at the ends of what 64 bits can say (the year 2262).
  @inline(__always)
  func nanoseconds(_ ticks: UInt64) -> Int64 {
    if let nanosecondsInTick, offsetSeconds == 0 {
      let (product, overflow) = ticks.multipliedReportingOverflow(by: nanosecondsInTick)
      if !overflow, let time = Int64(exactly: product) { return time }
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
    let limited = overflow ? Int64.max : min(max(shifted, -9_223_372_036), 9_223_372_035)
    return min(limited, 9_223_372_035) * 1_000_000_000 + Int64(fraction)
  }

  private static let powersOfTen: [UInt64] = (0...19).map { exponent in
    (0..<exponent).reduce(1) { power, _ in power &* 10 }
  }
}
