# redis-cli waits for ever in BLPOP, and its own host's link goes down: no packet shows what its kernel does.
redis, redis_server = command("redis-cli"), command("redis-server")
start(redis_server, "--bind", server, "--port", "6379", "--protected-mode", "no", "--save", "", far=True)
listens(6379)
told = story([redis, "-h", server, "BLPOP", "nothing", "0"], 6379, lambda: do("ip", "link", "set", "c0", "down"), settled=0.5)
expect(told, [
    "Its socket: SO_KEEPALIVE on, TCP_KEEPIDLE 15 s, TCP_KEEPINTVL 5 s, TCP_KEEPCNT 3",
    "recv() … waiting (socket: ESTAB, keepalive timer, 3 unanswered", "the kernel gave up; it sent no reset that was captured",
    "DEAD: the client's kernel gave up, as recv() = -1 ETIMEDOUT tells.",
    "none of the 3 probes that its socket had unanswered",
    "learned of it by recv() = -1 ETIMEDOUT", "To learn The kernel counts probes that never reach the wire",
    "TcpExtTCPKeepAlive +3 and TcpExtTCPAbortOnTimeout +1", "3 probes the kernel counted and nobody saw",
], ["NOT-PROBED", "ANSWERED", "UNANSWERED"])
