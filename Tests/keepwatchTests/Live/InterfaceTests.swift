import Foundation
import Testing

/// What `live` says of an interface that goes away, and comes back.
@Suite(
  .enabled(if: Harness.isThere, "no python3 is installed"),
  .enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct InterfaceTests {
  @Test("Carrier lost, down, up again: each is said and the watch goes on; gone: the summary, and status 1")
  func states() async throws {
    try await Harness.run(
      """
      def ip(words):
          check(subprocess.run(["ip", *words.split()]).returncode == 0, words)

      ip("link add here type veth peer there")
      ip("link set here up")
      ip("link set there up")
      running = Running("live", "--json", "-i", "here")
      for change, words in (
          ("there down", "here has lost its carrier"), ("there up", "here is up again"),
          ("here down", "here is down: no packet comes until it is up again (sudo ip link set here up)"),
          ("here up", "here is up again"),
      ):
          until(lambda: '"event":"capture"' in text("out"))
          count = text("err").count(words)
          ip("link set " + change)
          until(lambda: text("err").count(words) == count + 1, words, text("err"))
          check(running.is_alive(), text("err"))
      ip("link delete here")
      check(running.end() == 1 and '"event":"summary"' in text("out"), running.process.returncode)
      check("here is gone, so the watch has ended" in text("err"), text("err"))
      """, capturing: true)
  }

  @Test("An interface that is not up is not watched: what to do is said")
  func notUp() async throws {
    try await Harness.run(
      """
      check(subprocess.run("ip link add here type veth peer there".split()).returncode == 0)
      running = Running("live", "-i", "here")
      check(running.end() == 1 and "here is not up: sudo ip link set here up" in text("err"), text("err"))
      """, capturing: true)
  }
}
