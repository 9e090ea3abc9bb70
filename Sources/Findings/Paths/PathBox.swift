/// A kind of box on the path that forgets idle connections, or closes them.
public struct PathBox: Sendable {
  /// What becomes of a connection that was idle for too long.
  public enum Expiry: Sendable {
    /// It is forgotten: what comes later is dropped or refused. Any packet keeps it known, a probe too.
    case forgets
    /// The box is an end of the TCP connection, and closes it. Only data counts, a probe does not.
    case closes
  }

  /// Its name, for people.
  public let name: String
  /// Nanoseconds without a packet (`forgets`) or without data (`closes`), as it comes.
  public let timeout: Int64
  /// What happens then.
  public let expiry: Expiry
  /// Whether it resets what comes for a connection that it forgot; otherwise that is dropped without a word.
  public let resets: Bool
  /// Where that is written, or "not verified".
  public let source: String
}

extension PathBox {
  /// The boxes that are known, by their timeouts.
  ///
  /// Only defaults: nearly each can be set to something else.
  public static let known: [PathBox] = [
    box("AWS ALB", 60, closes, "docs.aws.amazon.com, elasticloadbalancing, application: idle_timeout.timeout_seconds"),
    box("AWS CLB", 60, closes, "docs.aws.amazon.com, elasticloadbalancing, classic/config-idle-timeout"),
    box("Azure Load Balancer", 240, forgets, "learn.microsoft.com, load-balancer-tcp-idle-timeout"),
    box("Azure NAT gateway", 240, forgets, "learn.microsoft.com, ManagedClusterNATGatewayProfile"),
    box(
      "AWS NLB", 350, forgets, resets: true, "docs.aws.amazon.com, elasticloadbalancing, network/update-idle-timeout"),
    box("AWS GWLB", 350, forgets, "docs.aws.amazon.com, elasticloadbalancing, gateway: idle timeout"),
    box("AWS NAT gateway", 350, forgets, resets: true, "docs.aws.amazon.com, vpc, nat-gateway-troubleshooting"),
    box("AWS Network Firewall", 350, forgets, "docs.aws.amazon.com, network-firewall, API_FlowTimeouts"),
    box(
      "AWS EC2 connection tracking (Nitro v6)", 350, forgets, "docs.aws.amazon.com, API_ConnectionTrackingConfiguration"
    ),
    box("Google Cloud", 600, forgets, "cloud.google.com, compute, troubleshooting/general-tips"),
    box("nginx stream", 600, closes, "nginx.org, ngx_stream_proxy_module: proxy_timeout (not verified)"),
    box("kube-proxy IPVS", 900, forgets, "github.com, kubernetes issue 80298"),
    box("Envoy", 3600, closes, "envoyproxy.io, faq/configuration/timeouts"),
    box("Cisco ASA, FTD", 3600, forgets, "cisco.com, global timeouts: conn"),
    box("FortiGate", 3600, forgets, "docs.fortinet.com, session-ttl"),
    box("Palo Alto", 3600, forgets, "docs.paloaltonetworks.com, session timeouts (not verified)"),
    box("AWS EC2 connection tracking", 432_000, forgets, "docs.aws.amazon.com, API_ConnectionTrackingConfiguration"),
    box("Linux nf_conntrack", 432_000, forgets, "kernel.org, networking/nf_conntrack-sysctl"),
  ]

  private static let forgets = Expiry.forgets
  private static let closes = Expiry.closes

  private static func box(
    _ name: String, _ seconds: Int64, _ expiry: Expiry, resets: Bool = false, _ source: String
  ) -> PathBox {
    PathBox(name: name, timeout: seconds * .second, expiry: expiry, resets: resets, source: source)
  }

  /// How much later than its timeout a box that closes connections may act, in nanoseconds.
  static let lateness = 2 * Int64.second

  /// The boxes that forget a connection after more than `survived` and no more than `lost` nanoseconds without a packet.
  static func forgetting(after survived: Int64, upTo lost: Int64) -> [PathBox] {
    known.filter { $0.expiry == .forgets && $0.timeout > survived && $0.timeout <= lost }
  }

  /// The boxes that close a connection after `silence` nanoseconds without data.
  static func closing(after silence: Int64) -> [PathBox] {
    known.filter { $0.expiry == .closes && ($0.timeout - .second / 2...$0.timeout + lateness).contains(silence) }
  }
}
