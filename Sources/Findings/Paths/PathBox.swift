/// A kind of box on the path that forgets idle connections, or closes them.
public struct PathBox: Sendable, Hashable {
  /// What it does with a connection that was idle for too long.
  public enum Expiry: String, Sendable, Hashable, CaseIterable, Decodable {
    /// It forgets the connection, and drops what comes for it later without a word.
    case drops
    /// It forgets the connection, and resets what comes for it later, a probe too.
    case resetsNextPacket = "resets-next-packet"
    /// It forgets the connection, and resets both ends at once.
    case resetsBothEnds = "resets-both-ends"
    /// It is an end of the TCP connection, and closes it by FIN or reset. Only data counts, a probe does not.
    case closes
  }

  /// Its name, for people.
  public let name: String
  /// Nanoseconds without a packet, or without data where it closes, as it comes.
  public let timeout: Int64
  /// What happens then.
  public let expiry: Expiry
  /// Where that is written, or who says so.
  public let source: String

  /// Whether it forgets: any packet keeps the connection known, a probe too.
  public var forgets: Bool { expiry != .closes }

  /// The word by which it is asked for: "aws-nlb".
  public var word: String { Self.word(name) }

  /// A name as it is asked for.
  static func word(_ name: String) -> String {
    name.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }).joined(separator: "-")
  }
}

extension PathBox {
  /// The boxes that are known, by their timeouts.
  ///
  /// Only defaults: nearly each can be set to something else.
  public static let known: [PathBox] = [
    box("AWS ALB", 60, .closes, "docs.aws.amazon.com, elasticloadbalancing, application: idle_timeout.timeout_seconds"),
    box("AWS CLB", 60, .closes, "docs.aws.amazon.com, elasticloadbalancing, classic/config-idle-timeout"),
    box("Azure Load Balancer", 240, .drops, "learn.microsoft.com, load-balancer-tcp-reset: the default"),
    box(
      "Azure Load Balancer with TCP reset", 240, .resetsBothEnds,
      "learn.microsoft.com, load-balancer-tcp-reset: both ends, where it is switched on"),
    box("Azure NAT gateway", 240, .drops, "learn.microsoft.com, ManagedClusterNATGatewayProfile (drops: not verified)"),
    box("AWS NLB", 350, .resetsNextPacket, "docs.aws.amazon.com, elasticloadbalancing, network/update-idle-timeout"),
    box("AWS GWLB", 350, .drops, "docs.aws.amazon.com, elasticloadbalancing, gateway/update-idle-timeout"),
    box("AWS NAT gateway", 350, .resetsNextPacket, "docs.aws.amazon.com, vpc, nat-gateway-troubleshooting"),
    box("AWS Network Firewall", 350, .drops, "docs.aws.amazon.com, network-firewall, API_FlowTimeouts"),
    box(
      "AWS EC2 connection tracking (Nitro v6)", 350, .drops,
      "docs.aws.amazon.com, API_ConnectionTrackingConfiguration"),
    box("Google Cloud", 600, .drops, "cloud.google.com, compute, troubleshooting/general-tips"),
    box("nginx stream", 600, .closes, "nginx.org, ngx_stream_proxy_module: proxy_timeout (not verified)"),
    box("kube-proxy IPVS", 900, .drops, "github.com, kubernetes issue 80298"),
    box("Envoy", 3600, .closes, "envoyproxy.io, faq/configuration/timeouts"),
    box("Cisco ASA, FTD", 3600, .drops, "cisco.com, global timeouts: conn"),
    box("FortiGate", 3600, .drops, "docs.fortinet.com, session-ttl"),
    box("Palo Alto", 3600, .drops, "docs.paloaltonetworks.com, session timeouts (not verified)"),
    box("AWS EC2 connection tracking", 432_000, .drops, "docs.aws.amazon.com, API_ConnectionTrackingConfiguration"),
    box("Linux nf_conntrack", 432_000, .drops, "kernel.org, networking/nf_conntrack-sysctl"),
  ]

  private static func box(_ name: String, _ seconds: Int64, _ expiry: Expiry, _ source: String) -> PathBox {
    PathBox(name: name, timeout: seconds * .second, expiry: expiry, source: source)
  }
}

extension [PathBox] {
  /// How much later than its timeout a box may act that ends connections itself, in nanoseconds.
  static let lateness = 2 * Int64.second
  /// How much sooner, as the packet before was captured elsewhere than at the box.
  static let earliness = Int64.second / 2

  /// The boxes that forget a connection after more than `survived` and no more than `lost` nanoseconds without a packet, and say
  /// so only to who sends then.
  ///
  /// - Parameters:
  ///   - survived: the longest silence that was survived.
  ///   - lost: the shortest that was not.
  ///   - wasRefused: whether a reset came back: who drops sends none.
  /// - Returns: those boxes.
  func forgetting(after survived: Int64, upTo lost: Int64, wasRefused: Bool) -> [PathBox] {
    filter { box in
      let fits = wasRefused ? box.expiry == .resetsNextPacket : [.drops, .resetsNextPacket].contains(box.expiry)
      return fits && box.timeout > survived && box.timeout <= lost
    }
  }

  /// The boxes that end a connection themselves after `silence` nanoseconds, in this way.
  func ending(after silence: Int64, by expiry: PathBox.Expiry) -> [PathBox] {
    filter { $0.expiry == expiry && ($0.timeout - Self.earliness...$0.timeout + Self.lateness).contains(silence) }
  }
}
