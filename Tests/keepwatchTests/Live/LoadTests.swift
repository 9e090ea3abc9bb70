import Foundation
import Testing

@testable import keepwatch

/// Capturing beside a bulk transfer: the probes of quiet connections among a hundred thousand packets.
@Suite(.enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct LoadTests {
  /// Ten connections with keepalive, and a transfer for three seconds on the same interface.
  static let transfer = """
    cat > transfer.py <<'END'
    import os, socket, time
    quiet, bulk = socket.create_server(("127.0.0.1", 5002), backlog=16), socket.create_server(("127.0.0.1", 5001))
    kept = []
    for _ in range(10):
        client = socket.create_connection(("127.0.0.1", 5002))
        for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL):
            client.setsockopt(socket.IPPROTO_TCP, option, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        kept += [client, quiet.accept()[0]]
    if os.fork() == 0:
        sender, data, end = socket.create_connection(("127.0.0.1", 5001)), b"x" * 65536, time.time() + 3
        while time.time() < end:
            sender.sendall(data)
        os._exit(0)
    receiver, buffer = bulk.accept()[0], bytearray(1 << 18)
    while receiver.recv_into(buffer):
        pass
    os.wait()
    END
    counted() { awk '/^TcpExt:/ { if (!n) { split($0, names); n = 1 } else { split($0, values); for (i in names) if (names[i] == "TCPKeepAlive") print values[i] } }' /proc/net/netstat; }
    watch() {
      $program live --json "$@" > out.jsonl 2> messages & live=$!
      until grep -q '"capture"' out.jsonl; do sleep 0.05; done
      python3 transfer.py
      counted > probes
      sleep 0.3
      kill -INT $live; wait $live
    }
    """

  @Test(
    "No probe is lost and no packet dropped, with all packets, without data, and where keepwatch decides",
    arguments: [["--all-packets"], ["--no-data"], []])
  func probes(options: [String]) async throws {
    // A debug build takes 14 µs a packet, and other tests take their part of the processors: what waits has room.
    let story = try await Story.of(Self.transfer + "\nwatch -B 262144 " + options.joined(separator: " "))
    defer { story.remove() }
    #expect(story.status == 0, "\(story.errors)")
    let counted = try String(contentsOfFile: story.folder + "/probes", encoding: .utf8)
    let summary = try #require(story.lines("summary").first)
    #expect(Int(counted.split(separator: "\n")[0]) ?? -1 >= 20)
    #expect(story.lines("probe").count >= Int(counted.split(separator: "\n")[0]) ?? -1)
    #expect(summary["dropped"] as? Int == 0)
    // Where keepwatch decides, that depends on how busy the machine is.
    let leftOut = story.lines("data-left-out").compactMap { $0["left_out"] as? Bool }
    if !options.isEmpty { #expect(leftOut == (options == ["--no-data"] ? [true] : [])) }
  }
}

@Suite struct DataLoadTests {
  @Test("Data is left out above 20,000 packets in a second, and taken again after ten quiet seconds")
  func changes() {
    var load = DataLoad()
    var packets = 0
    var isLeftOut = false
    var changes: [Int: Bool] = [:]
    let rates =
      [100, 19_000, 21_000, 30_000] + [Int](repeating: 400, count: 9) + [900] + [Int](repeating: 400, count: 12)
    for (second, rate) in ([0] + rates).enumerated() {
      packets += rate
      let time = (1_000_000 + Int64(second)) * 1_000_000_000
      if let change = load.change(packets: packets, isLeftOut: isLeftOut, at: time) {
        changes[second] = change
        isLeftOut = change
      }
    }
    #expect(changes == [3: true, 24: false])
  }
}
