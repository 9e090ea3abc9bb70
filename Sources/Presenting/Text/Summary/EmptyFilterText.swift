import ApplicationLog
import Findings
import PacketWire

/// Why a filter matched nothing, as far as that can be told.
public enum EmptyFilterText {
  /// Link types that it does not fit are named up to so many.
  private static let shown = 3

  /// One sentence.
  public static func line(_ filter: EmptyFilter) -> String {
    let expression = filter.expression.printable
    var line = "The filter '\(expression)' matches 0 of \(counted(filter.packets, "packet"))"
    if filter.packetsWithTag == filter.packets {
      line += ", which all carry a VLAN tag: try 'vlan and \(expression)'"
    }
    for (linkType, reason) in filter.inapplicable.sorted(by: { $0.key.rawValue < $1.key.rawValue }).prefix(shown) {
      line += "; it does not fit link type \(linkType.name): \(reason)"
    }
    return line + "."
  }
}
