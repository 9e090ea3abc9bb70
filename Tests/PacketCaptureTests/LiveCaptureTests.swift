import Foundation
import Testing

@testable import PacketCapture

/// Interfaces, and what a capture that cannot begin says.
///
/// A capture that runs is tried with the built program: keepwatchTests.
@Suite struct LiveCaptureTests {
  @Test("lo is among the interfaces, as loopback")
  func interfaces() throws {
    let interfaces = try NetworkInterface.all()
    #expect(interfaces.first { $0.name == "lo" }?.isLoopback ?? true, "without rights libpcap may list none")
  }

  @Test("Why a capture cannot begin is told, with what to do")
  func refused() {
    let error = #expect(throws: LiveCaptureError.self) { try LiveCapture(LiveOptions(interface: "none0")) }
    if error?.isPrivilege == true {
      #expect(error?.description.contains("CAP_NET_RAW") == true)
    } else {
      #expect(error?.description.hasPrefix("There is no interface 'none0'.") == true)
    }
  }

  @Test("A filter that is none ends a capture before it begins", .enabled(if: geteuid() == 0, "capturing needs root"))
  func filter() {
    var options = LiveOptions(interface: "lo")
    options.filter = "port port"
    let error = #expect(throws: LiveCaptureError.self) { try LiveCapture(options) }
    #expect(error?.isPrivilege == false && error?.description.contains("is no filter") == true)
  }

  @Test("lo is captured, and its losses are told", .enabled(if: geteuid() == 0, "capturing needs root"))
  func lo() throws {
    var options = LiveOptions(interface: "lo")
    options.filter = "udp port 9"
    let capture = try LiveCapture(options)
    #expect(capture.linkType == .ethernet && capture.snapshotLength == 256 && capture.descriptor >= 0)
    try capture.leaveDataOut(true)
    try capture.leaveDataOut(false)
    #expect(capture.statistics?.dropped == 0)
  }
}
