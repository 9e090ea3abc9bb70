/// What pictures in SVG have in common: numbers, shapes, and the document that holds them.
enum SVG {
  /// A number, to a tenth.
  static func number(_ value: Double) -> String {
    let text = DurationText.fixed(value, 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A document of its own: elements below each other, each with its height.
  static func document(_ elements: [(text: String, height: Double)], width: Double) -> String {
    var y = 0.0
    let placed = elements.map { element in
      defer { y += element.height }
      return "<g transform=\"translate(0 \(number(y)))\">\n\(element.text)\n</g>"
    }
    return
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"keepwatch\" width=\"\(number(width))\" height=\"\(number(y))\" "
      + "viewBox=\"0 0 \(number(width)) \(number(y))\">\n<style>\(FigureSVG.style)</style>\n"
      + "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n\(placed.joined(separator: "\n"))\n</svg>\n"
  }

  /// A diamond around a point.
  static func diamond(_ x: Double, _ y: Double, _ size: Double) -> String {
    let size = number(size)
    return "<path d=\"M\(number(x)) \(number(y))m0 -\(size)l\(size) \(size)-\(size) \(size)-\(size)-\(size)z\"/>"
  }

  /// A triangle around a point.
  static func triangle(_ x: Double, _ y: Double, _ size: Double) -> String {
    "<path d=\"M\(number(x)) \(number(y - size))l\(number(size)) \(number(size * 1.7))h\(number(-2 * size))z\"/>"
  }

  /// A cross over a point.
  static func cross(_ x: Double, _ y: Double, _ size: Double) -> String {
    let width = number(2 * size)
    return
      "<path class=\"cross\" d=\"M\(number(x - size)) \(number(y - size))l\(width) \(width)m0 -\(width)l-\(width) \(width)\"/>"
  }
}
