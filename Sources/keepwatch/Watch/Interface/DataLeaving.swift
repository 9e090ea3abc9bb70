import Findings
import PacketCapture
import Presenting
import SystemCalls

/// Leaves segments with data in the kernel where there are many, and says so.
struct DataLeaving {
  /// Whether they may stay there where there are many.
  private var isAllowed: Bool
  /// What is said is not for people.
  private let isQuiet: Bool
  private let packets: LivePackets
  private var load = DataLoad()
  private var isLeftOut = false
  /// When they first were.
  private var since: Int64?

  init(from packets: LivePackets, isAllowed: Bool, isQuiet: Bool) {
    self.packets = packets
    self.isAllowed = isAllowed
    self.isQuiet = isQuiet
  }

  /// What was left out so far; `nil` where nothing was.
  var fact: DataLeftOut? { since.map { DataLeftOut(since: $0, toTheEnd: isLeftOut) } }

  /// Follows the load, of which so many packets are a measure.
  mutating func follow(_ count: Int, _ audience: Audience) {
    guard isAllowed || isLeftOut, let change = load.change(packets: count, isLeftOut: isLeftOut, at: currentTime()),
      change || isAllowed
    else { return }
    leaveOut(change, audience)
  }

  /// Leaves them out from now on, or takes them again; and says so.
  mutating func leaveOut(_ isLeftOut: Bool, _ audience: Audience) {
    do throws(LiveCaptureError) { try packets.leaveDataOut(isLeftOut) } catch {
      isAllowed = false
      audience.say("segments with data cannot be left in the kernel: \(error.description)")
      return
    }
    self.isLeftOut = isLeftOut
    let now = currentTime()
    if isLeftOut, since == nil { since = now }
    audience.note(.dataLeftOut(isLeftOut, time: now))
    if !isQuiet { audience.say(isLeftOut ? beginning : "few packets again: segments with data are taken from now on") }
  }

  private var beginning: String {
    "\(isAllowed ? "more than \(grouped(DataLoad.most)) packets a second: " : "")segments with data stay in the kernel "
      + "from now on. Probes, answers and give-ups are seen as before; retransmissions are not, nor a silence that only data "
      + "ended. --all-packets takes them"
  }
}
