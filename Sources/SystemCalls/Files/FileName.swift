import Glibc

/// Names of files as text: Linux allows any octets in them but NUL and "/", a `String` only UTF-8.
///
/// An octet that is not part of any UTF-8 character becomes a scalar of a private area, 0x10f700 above it, and that scalar
/// becomes the octet again where the file is opened. So any name can be read, kept and used; to be shown it is made `printable`.
public enum FileName {
  private static let base: UInt32 = 0x10_f700

  /// Whether a scalar stands for an octet that is no UTF-8.
  public static func isOctet(_ scalar: Unicode.Scalar) -> Bool { (base + 0x80...base + 0xff).contains(scalar.value) }

  /// The text for a name's octets.
  public static func text(_ octets: [UInt8]) -> String {
    var text = ""
    var parser = Unicode.UTF8.ForwardParser()
    var rest = octets.makeIterator()
    var offset = 0
    while true {
      let length: Int
      switch parser.parseScalar(from: &rest) {
      case .valid(let encoded):
        length = encoded.count
        let scalar = Unicode.UTF8.decode(encoded)
        // Such a scalar in the name itself is taken apart, so that no two names have one text.
        if isOctet(scalar) {
          append(octets[offset..<offset + length], to: &text)
        } else {
          text.unicodeScalars.append(scalar)
        }
      case .error(let count):
        length = count
        append(octets[offset..<offset + length], to: &text)
      case .emptyInput: return text
      }
      offset += length
    }
  }

  private static func append(_ octets: ArraySlice<UInt8>, to text: inout String) {
    text.unicodeScalars.append(contentsOf: octets.compactMap { Unicode.Scalar(base + UInt32($0)) })
  }

  /// The octets of a name, with a NUL at the end: what open(2) takes.
  public static func octets(_ text: String) -> [CChar] {
    var octets: [CChar] = []
    for scalar in text.unicodeScalars {
      if isOctet(scalar) {
        octets.append(CChar(truncatingIfNeeded: scalar.value - base))
      } else {
        octets += UTF8.encode(scalar).map { $0.map { CChar(bitPattern: $0) } } ?? []
      }
    }
    return octets + [0]
  }

  /// The text for a name in C's memory, which ends with NUL.
  public static func text(terminated name: UnsafePointer<CChar>) -> String {
    text(unsafe UnsafeBufferPointer(start: name, count: strlen(name)).map { UInt8(bitPattern: $0) })
  }
}
