@testable import KernelView
import Testing

/// Containers by the control groups of their processes, as Docker, Kubernetes with containerd and CRI-O, and Podman name them.
@Suite struct ProcessContainerTests {
  private static let identifier = String(repeating: "3f2a90bc", count: 8)

  @Test(
    "A container is told by the last identifier of a process's control groups",
    arguments: [
      "0::/system.slice/docker-ID.scope\n",
      "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f.slice/cri-containerd-ID.scope\n",
      "0::/kubepods/besteffort/pod2c9f1e/ID\n",
      "0::/kubepods.slice/kubepods-pod77.slice/crio-ID.scope/container\n",
      "0::/user.slice/user-1000.slice/libpod-ID.scope/container\n",
      "12:memory:/docker/ID\n11:cpu,cpuacct:/docker/ID\n0::/docker/ID\n",
    ])
  func container(controlGroups: String) {
    let text = controlGroups.split(separator: "ID", omittingEmptySubsequences: false).joined(separator: Self.identifier)
    #expect(ProcessContainer.identifier(inControlGroups: text) == Self.identifier)
  }

  @Test(
    "A process outside of any is in none",
    arguments: ["0::/\n", "0::/system.slice/ssh.service\n", "", "0::/user.slice/user-1000.slice/session-4.scope\n"])
  func none(controlGroups: String) {
    #expect(ProcessContainer.identifier(inControlGroups: controlGroups) == nil)
  }
}
