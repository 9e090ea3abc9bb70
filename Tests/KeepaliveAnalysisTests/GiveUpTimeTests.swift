import KeepaliveAnalysis
import Testing

/// When Linux gives up, against what its kernels did (measured) and the documentation's numbers.
@Suite struct GiveUpTimeTests {
  @Test(
    "Keepalive gives up after the first probe and count intervals; TCP_USER_TIMEOUT replaces the count, both ways",
    arguments: [
      // Linux' defaults, 2 h 11 min 15 s.
      (7200.0, 75.0, 9, nil, 7875.0),
      // After an answered probe the first gap is the longer of idle time and interval: measured 9.15 s.
      (1, 3, 2, nil, 9),
      (15, 15, 9, nil, 150),
      // Measured: two probes are seen with 2.5 s though the count is 9, five with 6 s though it is 2.
      (1, 1, 9, 2.5, 3),
      (1, 1, 2, 6.0, 6),
      // One probe at least is left unanswered, however short the timeout.
      (10, 5, 3, 0.5, 15),
    ] as [(Double, Double, Int, Double?, Double)])
  func keepalive(idle: Double, interval: Double, count: Int, userTimeout: Double?, expected: Double) {
    #expect(
      GiveUpTime.keepalive(idle: idle, interval: interval, count: count, userTimeout: userTimeout) == expected)
  }

  @Test("The rest is the time to the next look, and an interval for each probe that is still to be left unanswered")
  func rest() {
    let rest = { (unanswered: Int, timeout: Double?) in
      GiveUpTime.keepalive(
        unanswered: unanswered, next: 4, silence: 16, interval: 10, count: 3, userTimeout: timeout)
    }
    #expect(rest(1, nil) == 24)
    #expect(rest(3, nil) == 4)
    #expect(rest(1, 45) == 34)
    #expect(rest(1, 15) == 4)
  }

  @Test(
    "The limit of retransmission is the documentation's 924.6 s for tcp_retries2 = 15, and tcp_model_timeout's sum for others",
    arguments: [(15, 120.0, 924.6), (3, 120, 3.0), (4, 120, 6.2), (9, 120, 204.6), (15, 10, 112.6)])
  func limit(retries: Int, longest: Double, expected: Double) {
    #expect(abs(GiveUpTime.retransmissionLimit(retries: retries, longest: longest) - expected) < 1e-6)
  }

  @Test("Data that was just sent ends within the limit and a longest timeout: 924.6 s to 1,045 s were measured")
  func sent() {
    let range = GiveUpTime.retransmission()
    #expect(range.contains(924.6) && range.contains(1045) && range.upperBound < 1050)
    #expect(GiveUpTime.retransmission(userTimeout: 30).lowerBound == 30)
  }

  /// A socket whose first timeout was `first`, after so many retransmissions, right after the last, each of which was on time.
  private func socket(first: Double, retransmissions: Int) -> GiveUpTime.Retransmitting {
    var timeout = first
    var silence = 0.0
    for _ in 0..<retransmissions {
      silence += timeout
      timeout = min(timeout * 2, 120)
    }
    return GiveUpTime.Retransmitting(
      timeout: timeout, doublings: retransmissions, roundTrip: first - 0.2, roundTripDeviation: 0,
      retransmissions: retransmissions, next: timeout, silence: silence)
  }

  @Test(
    "From a socket's own timeout the rest shrinks as its retransmissions go on, and never spans more than one timeout")
  func rests() {
    var passed = 0.0
    for retransmissions in 1...14 {
      let socket = socket(first: 0.204, retransmissions: retransmissions)
      let rest = GiveUpTime.rest(of: socket)
      // The first retransmission came at 0.204 s; without lateness the give-up is the first timeout beyond 924.6 s from there.
      let end = passed + rest.upperBound
      #expect(rest.lowerBound >= socket.next, "\(retransmissions)")
      #expect((924.6...1060).contains(end), "\(retransmissions): \(end)")
      #expect(rest.upperBound - rest.lowerBound <= 125, "\(retransmissions)")
      passed += socket.timeout
    }
  }

  @Test("With TCP_USER_TIMEOUT the end is that long after the first retransmission")
  func userTimeout() {
    let rest = GiveUpTime.rest(of: socket(first: 0.2, retransmissions: 3), userTimeout: 10)
    // 0.4 s, 0.8 s and 1.6 s have passed when the next timeout ends, which is 1.6 s from now.
    #expect(abs(rest.upperBound - (10 - 1.2)) < 1e-9)
    #expect(rest.lowerBound < rest.upperBound && rest.lowerBound > 8)
  }
}
