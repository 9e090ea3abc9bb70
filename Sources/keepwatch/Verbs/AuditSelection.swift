import ArgumentParser
import Findings
import KernelView
import PacketWire

/// Which of a host's connections an audit looks at.
struct AuditSelection: ParsableArguments {
  @Option(help: ArgumentHelp("Only of this process; its name or number. May be given again.", valueName: "name"))
  var process: [String] = []

  @Option(help: ArgumentHelp("Only with this port at either end. May be given again.", valueName: "n"))
  var port: [UInt16] = []

  @Option(
    help: ArgumentHelp("Only in this state, as ss names it: ESTAB, CLOSE-WAIT. May be given again.", valueName: "name"))
  var state: [String] = []

  @Option(
    help: ArgumentHelp("Only with this address at either end. May be given again.", valueName: "address"),
    transform: { text in
      guard let address = IPAddress(text: text) else { throw ValidationError("'\(text)' is no IPv4 or IPv6 address.") }
      return address
    })
  var address: [IPAddress] = []

  @Flag(name: .customLong("all-netns"), help: "The sockets of every network namespace; takes root.")
  var allNamespaces = false

  @Option(
    name: [.customShort("N"), .customLong("netns")],
    help: ArgumentHelp("The sockets of this network namespace (ip netns); takes root.", valueName: "name"))
  var namespace: String?

  func validate() throws {
    if allNamespaces, namespace != nil { throw ValidationError("--all-netns and -N exclude each other.") }
  }

  /// Which connections are told.
  var filter: AuditFilter {
    var filter = AuditFilter()
    (filter.processes, filter.ports, filter.addresses) = (process, port, address)
    filter.states = state.map { $0.uppercased() }
    return filter
  }

  /// The network namespaces whose sockets are read, and how many cannot be; `nil` where not even this one shows any.
  func namespaces() throws(KernelRefusal) -> (namespaces: [NetworkNamespace], unread: Int)? {
    if allNamespaces { return try NetworkNamespace.all() }
    if let namespace { try NetworkNamespace.enter(named: namespace) }
    return NetworkNamespace.current().map { ([$0], 0) }
  }

  /// Why namespaces cannot be entered, and what to do.
  func text(_ refusal: KernelRefusal) -> String {
    let what = namespace.map { "the network namespace '\($0)'" } ?? "other network namespaces"
    let help = refusal.isOfPrivilege ? " That takes root (CAP_SYS_ADMIN)." : ""
    return "\(what) cannot be entered: \(refusal.text).\(help)"
  }
}
