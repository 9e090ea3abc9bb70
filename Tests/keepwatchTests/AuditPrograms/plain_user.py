# Without root: one's own sockets are read where Yama allows it, of the others the timer tells whether keepalive is on.
others = [pair() for _ in range(6)]
for index, (client, _) in enumerate(others):
    set_options(client, index % 2, 100 + index, 50)
holder = subprocess.Popen(
    ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "/usr/bin/python3", "-c", """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 77)
client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
print(client.getsockname()[1], client.getpeername()[1], flush=True)
sys.stdin.read()
"""], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
own = tuple(map(int, holder.stdout.readline().split()))
lines, last = audit(as_user=65534)
scope = text("/proc/sys/kernel/yama/ptrace_scope").strip() or "0"
check(lines[own]["process"].startswith("python3"), lines[own])
if scope == "0":
    check(told(lines[own])[:2] == [True, 77] and lines[own]["settings_from"] == "socket", lines[own])
else:
    check(lines[own]["settings_error"] == "EPERM" and lines[own]["settings_from"] == "timer", lines[own])
for index, (client, server) in enumerate(others):
    line = lines[ports(client)]
    check(line["settings_error"] == "foreign-process" and line["settings_from"] == "timer", line)
    check(line["keepalive"] == bool(index % 2) and line["idle"] is None and line["pid"] is None, line)
    if index % 2:
        check(line["notice"] == "not-before" and 90 + index < line["not_noticed_before"] <= 100.1 + index, line)
    check(lines[ports(server)]["notice"] == "never", line)
for words in (["--all-netns"], ["-N", "none"]):
    result = subprocess.run(
        ["setpriv", "--reuid", "65534", "--clear-groups", program_of(65534), "audit", *words],
        capture_output=True, text=True)
    check(result.returncode in (77, 1) and "keepwatch: " in result.stderr, words, result.returncode, result.stderr)
text_lines = subprocess.run(
    ["setpriv", "--reuid", "65534", "--clear-groups", program_of(65534), "audit"], capture_output=True, text=True).stdout
check("root reads them" in text_lines and "never noticed, unless it sends" in text_lines, text_lines)
