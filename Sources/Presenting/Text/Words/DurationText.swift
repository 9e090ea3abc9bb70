/// Durations as people read them: "0.4 ms", "2.02 s", "21m 37s", "2h 11m".
public enum DurationText {
  /// The difference of no two times is as long, and 64 bits hold it in nanoseconds still.
  private static let longest = 9.2e9

  /// The shortest text that tells a number of nanoseconds well enough.
  public static func text(nanoseconds: Int64) -> String { text(seconds(nanoseconds)) }

  /// Nanoseconds in seconds.
  static func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }

  /// The shortest text that tells `seconds` well enough.
  public static func text(_ seconds: Double) -> String {
    guard abs(seconds) < longest else { return seconds.isNaN ? "?" : "\(seconds < 0 ? "−" : "")centuries" }
    return switch abs(seconds) {
    case 0: "0 s"
    case ..<0.000_001: "\(fixed(seconds * 1e9, 0)) ns"
    case ..<0.001: "\(fixed(seconds * 1e6, 0)) µs"
    case ..<0.0995: "\(fixed(seconds * 1e3, seconds < 0.00995 ? 1 : 0)) ms"
    case ..<9.995: "\(fixed(seconds, 2)) s"
    case ..<59.95: "\(fixed(seconds, 1)) s"
    case ..<3599.5: minutes(Int(seconds.rounded()))
    case ..<86_400: hours(Int(seconds.rounded()))
    default: "\(Int(seconds) / 86_400)d \(Int(seconds) % 86_400 / 3600)h"
    }
  }

  /// A number with a fixed count of decimals.
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    // No figure comes near this; what is no number is shown as none.
    let scaled = value.isNaN ? 0 : Int64(min((abs(value) * scale).rounded(), 9e18))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(scaled)" }
    let unit = Int64(scale)
    let fraction = String(scaled % unit)
    return "\(sign)\(scaled / unit)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  private static func minutes(_ seconds: Int) -> String {
    "\(seconds / 60)m \(seconds % 60 < 10 ? "0" : "")\(seconds % 60)s"
  }

  private static func hours(_ seconds: Int) -> String {
    let rest = seconds % 3600 / 60
    let last = seconds % 60
    let hourAndMinute = "\(seconds / 3600)h \(rest < 10 ? "0" : "")\(rest)m"
    return last == 0 ? hourAndMinute : hourAndMinute + " \(last < 10 ? "0" : "")\(last)s"
  }
}

/// An integer with its thousands apart: "1,204,331".
public func grouped(_ value: Int) -> String {
  guard abs(value) >= 1000 else { return String(value) }
  var digits = String(abs(value))
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  groups.insert(digits, at: 0)
  return (value < 0 ? "-" : "") + groups.joined(separator: ",")
}

/// "1 probe", "3 probes".
public func counted(_ count: Int, _ noun: String) -> String {
  guard count != 1 else { return "1 \(noun)" }
  if noun.hasSuffix("copy") { return "\(grouped(count)) \(noun.dropLast())ies" }
  return "\(grouped(count)) \(noun)\(noun.hasSuffix("s") ? "es" : "s")"
}
