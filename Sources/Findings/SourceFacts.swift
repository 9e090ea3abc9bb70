import KernelView
import PacketObservation
import PacketWire

/// What there is to know of a capture beside its packets.
public struct SourceFacts: Sendable {
  /// The files' names, or the interface's.
  public let names: [String]
  /// Packets lost by the capturing host; `nil` where nobody tells.
  public var dropped: Int?
  /// Packets that a filter left out.
  public var filteredOut = 0
  /// Packets that were captured before or after the times that are asked for.
  public var outsideTimes = 0
  /// Link types that are not decoded.
  public var undecodedLinkTypes: [LinkType] = []
  /// Files that could not be read to their ends.
  public var problems = 0
  /// Files that captured the same packets.
  public var shared: [SharedCapture] = []
  /// A filter that matched nothing; `nil` where there is none.
  public var emptyFilter: EmptyFilter?
  /// What the host's kernel counted; `nil` where the packets are no longer of the present.
  public var host: HostCounts?
  /// Whether segments with data were left out.
  public var dataLeftOut: DataLeftOut?
  /// The boxes that may lie on paths.
  public var path = PathKnowledge()

  /// Facts of what has these names, and nothing else known.
  public init(names: [String]) { self.names = names }
}

/// A filter that matched nothing, and what may explain it.
public struct EmptyFilter: Sendable {
  /// The filter, in libpcap's language.
  public let expression: String
  /// How many packets there were.
  public let packets: Int
  /// How many of them have a VLAN tag, which offsets what a filter looks at.
  public let packetsWithTag: Int
  /// The link types that it does not fit, and why.
  public let inapplicable: [LinkType: String]

  /// A filter from these parts.
  public init(expression: String, packets: Int, packetsWithTag: Int, inapplicable: [LinkType: String]) {
    self.expression = expression
    self.packets = packets
    self.packetsWithTag = packetsWithTag
    self.inapplicable = inapplicable
  }
}

/// Packets that a live capture lost.
public struct CaptureLosses: Sendable {
  /// Because the kernel's buffer was full.
  public let byKernel: Int
  /// By the interface or its driver.
  public let byInterface: Int
  /// Both.
  public var total: Int { byKernel + byInterface }

  /// Losses from their parts.
  public init(byKernel: Int, byInterface: Int) {
    self.byKernel = byKernel
    self.byInterface = byInterface
  }
}

/// What this host's kernel counted while it was watched.
public struct HostCounts: Sendable {
  /// `nil` where it does not tell.
  public let counters: TCPCounters?
  /// Whether it is a private network's, where nothing else is counted.
  public let isPrivate: Bool

  /// Counts from their parts.
  public init(_ counters: TCPCounters?, isPrivate: Bool) {
    self.counters = counters
    self.isPrivate = isPrivate
  }

  /// Counts from now on: those of `earlier` are left out.
  public init(since earlier: TCPCounters?, isPrivate: Bool = false) {
    counters = earlier.flatMap { earlier in TCPCounters.read()?.since(earlier) }
    self.isPrivate = isPrivate
  }
}

/// That segments with data were left in the kernel.
public struct DataLeftOut: Sendable {
  /// From when on: nanoseconds since the epoch.
  public let since: Int64
  /// Whether they were to the end.
  public let toTheEnd: Bool

  /// From a time on.
  public init(since: Int64, toTheEnd: Bool) {
    self.since = since
    self.toTheEnd = toTheEnd
  }
}
