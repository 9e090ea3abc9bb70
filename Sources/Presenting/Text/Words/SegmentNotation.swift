import PacketWire

extension Segment {
  /// Its fields much as tcpdump writes them: "Flags [.], seq 700008685, ack 202916680, win 64, 0 bytes".
  var notation: String {
    "Flags [\(flags.text)], seq \(sequence.value), ack \(acknowledgment.value), win \(window), "
      + counted(Int(payloadLength), "byte")
  }
}

extension TCPFlags {
  /// The flags as tcpdump writes them: "S.", "P.", ".".
  var text: String {
    let names: [(TCPFlags, String)] = [
      (.fin, "F"), (.syn, "S"), (.rst, "R"), (.psh, "P"), (.ack, "."), (.urg, "U"),
    ]
    let letters = names.filter { contains($0.0) }.map(\.1).joined()
    return letters.isEmpty ? "none" : letters
  }
}
