extension Advice {
  /// What is known of programs, libraries and languages.
  ///
  /// AuditPrograms/advice.py pastes it into the real ones.
  static let table: [Advice] = [
    Advice(
      program: "PostgreSQL, the server", processes: ["postgres", "postmaster"], port: nil, isIncoming: true,
      template: [
        "ALTER SYSTEM SET tcp_keepalives_idle = {idle};",
        "ALTER SYSTEM SET tcp_keepalives_interval = {interval};",
        "ALTER SYSTEM SET tcp_keepalives_count = {count};",
        "ALTER SYSTEM SET tcp_user_timeout = {timeout_ms};",
        "SELECT pg_reload_conf();",
      ],
      remark: nil, source: "postgresql.org/docs/current/runtime-config-connection.html"),
    Advice(
      program: "libpq, in the connection string", processes: [], port: 5432, usualPort: 5432, isIncoming: false,
      template: [
        "keepalives=1 keepalives_idle={idle} keepalives_interval={interval} keepalives_count={count} "
          + "tcp_user_timeout={timeout_ms}"
      ],
      remark: "The JDBC driver has tcpKeepAlive=true, which takes the system's times.",
      source: "postgresql.org/docs/current/libpq-connect.html"),
    Advice(
      program: "MariaDB, the server", processes: ["mariadbd", "mysqld"], port: nil, usualPort: 3306, isIncoming: true,
      template: [
        "SET GLOBAL tcp_keepalive_time = {idle};",
        "SET GLOBAL tcp_keepalive_interval = {interval};",
        "SET GLOBAL tcp_keepalive_probes = {count};",
      ],
      remark: "MySQL has no such variables: it switches keepalive on, with the system's times.",
      source: "mariadb.com/kb/en/server-system-variables"),
    Advice(
      program: "Redis, the server", processes: ["redis-server", "valkey-server"], port: nil, usualPort: 6379,
      isIncoming: true,
      template: ["CONFIG SET tcp-keepalive {idle}"],
      remark: "Its interval is a third of that, its count 3 (anetKeepAlive).",
      source: "redis.io/docs/latest/develop/reference/clients"),
    Advice(
      program: "redis-py", processes: ["python", "gunicorn", "celery", "uwsgi"], port: 6379, isIncoming: false,
      template: [
        "redis.Redis(socket_keepalive=True, socket_keepalive_options={socket.TCP_KEEPIDLE: {idle}, "
          + "socket.TCP_KEEPINTVL: {interval}, socket.TCP_KEEPCNT: {count}})"
      ],
      remark: nil, source: "redis-py.readthedocs.io/en/stable/connections.html"),
    Advice(
      program: "nginx, to clients", processes: ["nginx"], port: nil, isIncoming: true,
      template: ["so_keepalive={idle}s:{interval}s:{count}"],
      remark: "It stands at the end of the listen directive.",
      source: "nginx.org/en/docs/http/ngx_http_core_module.html#listen"),
    Advice(
      program: "nginx, to servers", processes: ["nginx"], port: nil, isIncoming: false,
      template: ["proxy_socket_keepalive on;"],
      remark: "It takes the system's times.",
      source: "nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_socket_keepalive"),
    Advice(
      program: "HAProxy, to clients", processes: ["haproxy"], port: nil, isIncoming: true,
      template: [
        "option clitcpka", "clitcpka-idle {idle}s", "clitcpka-intvl {interval}s", "clitcpka-cnt {count}",
      ],
      remark: nil, source: "docs.haproxy.org, option clitcpka"),
    Advice(
      program: "HAProxy, to servers", processes: ["haproxy"], port: nil, isIncoming: false,
      template: [
        "option srvtcpka", "srvtcpka-idle {idle}s", "srvtcpka-intvl {interval}s", "srvtcpka-cnt {count}",
      ],
      remark: nil, source: "docs.haproxy.org, option srvtcpka"),
    Advice(
      program: "sshd", processes: ["sshd"], port: nil, isIncoming: true,
      template: ["ClientAliveInterval {idle}", "ClientAliveCountMax 3"],
      remark: ownMessages,
      source: "man.openbsd.org/sshd_config"),
    Advice(
      program: "ssh", processes: ["ssh"], port: nil, usualPort: 22, isIncoming: false,
      template: ["ServerAliveInterval {idle}", "ServerAliveCountMax 3"],
      remark: ownMessages,
      source: "man.openbsd.org/ssh_config"),
    Advice(
      program: "Node.js", processes: ["node", "MainThread"], port: nil, isIncoming: nil,
      template: ["socket.setKeepAlive(true, {idle_ms})"],
      remark: "libuv sets the interval to 1 s and the count to 10.",
      source: "nodejs.org/api/net.html#socketsetkeepaliveenable-initialdelay"),
    Advice(
      program: "Java", processes: ["java"], port: nil, isIncoming: nil,
      template: [
        "socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);",
        "socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, {idle});",
        "socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, {interval});",
        "socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, {count});",
      ],
      remark: nil, source: "docs.oracle.com, jdk.net.ExtendedSocketOptions"),
    Advice(
      program: "Python", processes: ["python", "gunicorn", "celery", "uwsgi"], port: nil, isIncoming: nil,
      template: [
        "sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)",
        "sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, {idle})",
        "sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, {interval})",
        "sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, {count})",
        "sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, {timeout_ms})",
      ],
      remark: nil, source: "docs.python.org/3/library/socket.html"),
  ]

  /// Of ssh and sshd.
  private static let ownMessages =
    "These are ssh's own messages, which pass proxies too and end the session; TCPKeepAlive yes takes the system's times."

  /// Programs in Go have names of their own, so that nothing tells them.
  public static let go = Advice(
    program: "where it is written in Go", processes: [], port: nil, isIncoming: nil,
    template: [
      "net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: {idle} * time.Second, "
        + "Interval: {interval} * time.Second, Count: {count}}}"
    ],
    remark: "From Go 1.23 on; before, KeepAlive sets idle time and interval at once, 15 s where nothing is said.",
    source: "pkg.go.dev/net#KeepAliveConfig")

  /// For programs that switch keepalive on and set no times.
  public static let system = Advice(
    program: "Programs that switch keepalive on and set no times, all of this network namespace", processes: [],
    port: nil, isIncoming: nil,
    template: [
      "sysctl -w net.ipv4.tcp_keepalive_time={idle}", "sysctl -w net.ipv4.tcp_keepalive_intvl={interval}",
      "sysctl -w net.ipv4.tcp_keepalive_probes={count}",
    ],
    remark: "This does nothing for sockets without SO_KEEPALIVE. To undo it: 7200, 75 and 9. In a pod: "
      + "securityContext.sysctls.",
    source: "kernel.org/doc/html/latest/networking/ip-sysctl.html")
}
