# What an audit must not do to a program: no option changes, no FIN is late, no event comes of a descriptor that was closed.
# In seconds. A copy is held for some microseconds, unless the helper loses its processor meanwhile; to see that a connection was
# closed, this program needs one itself.
longest_hold, latest_close = 0.05, 0.5

def all_options(connection):
    found = {}
    # What runs by itself: TCP_INFO, TCP_TIMESTAMP, TCP_CC_INFO; SO_INCOMING_CPU, SO_MEMINFO.
    passing = {(socket.IPPROTO_TCP, 11), (socket.IPPROTO_TCP, 24), (socket.IPPROTO_TCP, 26), (socket.SOL_SOCKET, 49),
               (socket.SOL_SOCKET, 55)}
    for level, most in ((socket.SOL_SOCKET, 90), (socket.IPPROTO_IP, 60), (socket.IPPROTO_TCP, 50)):
        for name in range(1, most):
            if (level, name) in passing:
                continue
            try:
                found[level, name] = connection.getsockopt(level, name, 256)
            except OSError as error:
                found[level, name] = error.errno
    return found

client, server = pair()
set_options(client, 1, 500, 20, 4, 30000)
before = all_options(client)
descriptors = sorted(os.listdir(f"/proc/{os.getpid()}/fd"))
audit()
after = all_options(client)
check(after == before, "no option has changed", {key: (before[key], after[key]) for key in before if before[key] != after[key]})
check(sorted(os.listdir(f"/proc/{os.getpid()}/fd")) == descriptors, "no descriptor was left")

# Audits in a loop, beside a program that closes connections, and one that waits for them by epoll.
loop = os.fork()
if loop == 0:
    # To the end of six seconds; on a busy machine until enough sockets were copied.
    end = time.time() + 6
    held, copies, audits = 0, 0, 0
    while time.time() < end or copies <= 20 and time.time() < end + 40:
        last = audit("--process", str(os.getppid()))[1]
        held, copies, audits = max(held, last["longest_copy"]), copies + last["copies"], audits + 1
    open("loop", "w").write(f"{held} {copies} {audits}")
    os._exit(0)

latest, ghosts, closed = 0, 0, 0
epoll = select.epoll()
while os.waitpid(loop, os.WNOHANG)[0] == 0:
    pairs = [pair() for _ in range(200)]
    # An audit takes up to a second on a busy machine: some begin before these are closed, some meanwhile.
    time.sleep((0.02, 0.2, 1)[closed // 200 % 3])
    for client, server in pairs:
        epoll.register(client, select.EPOLLIN | select.EPOLLRDHUP)
        server.sendall(b"x")
        server.settimeout(5)
        began = time.monotonic()
        client.close()
        # With a byte unread the close is a reset; either way the peer learns of it at once.
        try:
            server.recv(1)
        except ConnectionResetError:
            pass
        latest = max(latest, time.monotonic() - began)
        closed += 1
        if epoll.poll(0):
            ghosts += 1
            until(lambda: not epoll.poll(0), "events of a closed descriptor end")
        server.close()
held, copies, audits = map(float, text("loop").split())
print(f"{audits:.0f} audits, {copies:.0f} copies, held {held * 1e6:.0f} µs at most; {closed} closes, the latest seen after "
      f"{latest * 1e6:.0f} µs, {ghosts} events of closed descriptors")
check(held < longest_hold and latest < latest_close, "held", held, "closed after", latest)
check(copies > 20 and closed > 200, copies, closed)
helpers = [pid for pid in os.listdir("/proc") if pid.isdigit() and "keepwatch" in text(f"/proc/{pid}/comm")
           and os.path.exists(f"/proc/{pid}/ns/net")
           and os.stat(f"/proc/{pid}/ns/net").st_ino == os.stat("/proc/self/ns/net").st_ino]
check(not helpers, "no helper is left", helpers)
