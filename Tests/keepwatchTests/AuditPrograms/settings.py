# Sockets with known options in several processes, users and namespaces: every value is found again.
holder = """
import random, socket, sys, time
seed, hosts = int(sys.argv[1]), sys.argv[2:]
chance = random.Random(seed)
kept = []
for index in range(40):
    host = hosts[index % len(hosts)]
    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    client = socket.create_connection(listener.getsockname()[:2])
    server = listener.accept()[0]
    listener.close()
    for end in (client, server):
        for name, most in ((socket.TCP_KEEPIDLE, 32767), (socket.TCP_KEEPINTVL, 32767), (socket.TCP_KEEPCNT, 127)):
            if chance.random() < 0.7:
                end.setsockopt(socket.IPPROTO_TCP, name, chance.randint(1, most))
        if chance.random() < 0.3:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, chance.randint(1, 10**7))
        end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, chance.random() < 0.6)
        kept.append(end)
print("ready", flush=True)
sys.stdin.read()
for end in kept:
    tcp = lambda name: end.getsockopt(socket.IPPROTO_TCP, name)
    print(end.getsockname()[1], end.getpeername()[1],
          end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), tcp(socket.TCP_KEEPIDLE), tcp(socket.TCP_KEEPINTVL),
          tcp(socket.TCP_KEEPCNT), tcp(socket.TCP_USER_TIMEOUT))
"""

def start(seed, *before):
    process = subprocess.Popen(
        [*before, "/usr/bin/python3", "-c", holder, str(seed), "127.0.0.1", "::1"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    check(process.stdout.readline() == "ready\n", "a holder has its sockets")
    return process

plain_user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
own = [start(1), start(2), start(3, *plain_user)]
other = start(4, "unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "sh")
number = os.stat(f"/proc/{other.pid}/ns/net").st_ino
lines, last = audit()
everywhere = subprocess.run([program, "audit", "--json", "--all-netns"], capture_output=True, text=True)
check(everywhere.returncode == 0, everywhere.stderr)
elsewhere = {
    (line["src_port"], line["dst_port"]): line for line in map(json.loads, everywhere.stdout.splitlines())
    if line["event"] == "socket" and line["netns"] == number}
check(last["settings_read"] == last["connections"] == 240, last)

for process in own + [other]:
    values, _ = process.communicate("")
    rows = [list(map(int, row.split())) for row in values.splitlines()]
    check(len(rows) == 80, values)
    for local, remote, keepalive, idle, interval, count, timeout in rows:
        line = (elsewhere if process is other else lines).get((local, remote))
        check(line is not None, "a socket is found", local, remote)
        check(line["pid"] == process.pid and line["uid"] == (65534 if process is own[2] else 0), line)
        check(told(line) == [bool(keepalive), idle, interval, count, timeout / 1000], line, keepalive, idle)
        check(line["settings_from"] == "socket" and line["settings_error"] is None, line)
        check((line["notice"] == "after") == bool(keepalive), line)

# A namespace by its name (ip-netns).
name = f"keepwatch-{os.getpid()}"
subprocess.run(["ip", "netns", "add", name], check=True)
try:
    named = start(5, "ip", "netns", "exec", name, "sh", "-c", 'ip link set lo up; exec "$@"', "sh")
    lines, last = audit("-N", name)
    check(last["connections"] == 80 and last["settings_read"] == 80, last)
    check(all(line["netns_name"] == name and line["pid"] == named.pid for line in lines.values()), lines)
    page = subprocess.run([program, "audit", "--all-netns", "--process", str(named.pid)], capture_output=True, text=True).stdout
    check(f"in {name}" in page, page)
    named.communicate("")
finally:
    subprocess.run(["ip", "netns", "delete", name])

# A watch begins with what is armed: whose it is, and its settings; and has no process that reads them any more when it has told.
armed, other = pair()
set_options(armed, 1, 60, 10, 3, 5000)

def begins(*words, as_user=None):
    command = [program_of(as_user), "live", *words]
    if as_user is not None:
        command = ["setpriv", "--reuid", str(as_user), "--regid", str(as_user), "--clear-groups", "--inh-caps", "+net_raw",
                   "--ambient-caps", "+net_raw", *command]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

def until_line(watch, found):
    for line in watch.stdout:
        if found(line):
            return line
    check(False, "a line", watch.wait())

def end(watch):
    watch.send_signal(signal.SIGTERM)
    watch.communicate(timeout=30)

own = f'"src_port":{ports(armed)[0]},'
watch = begins("--json")
line = json.loads(until_line(watch, lambda line: '"event":"socket"' in line and own in line))
check(told(line) == [True, 60, 10, 3, 5] and line["pid"] == os.getpid() and line["timer"] == "keepalive timer", line)
children = f"/proc/{watch.pid}/task/{watch.pid}/children"
until(lambda: text(children) == "", "the process that reads settings has ended", text(children))
end(watch)
watch = begins("--lines")
until_line(watch, lambda line: f":{ports(armed)[0]} " in line)
line = watch.stdout.readline()
check(f"[{os.getpid()}], TCP_KEEPIDLE 60 s, TCP_KEEPINTVL 10 s, TCP_KEEPCNT 3, TCP_USER_TIMEOUT 5.00 s" in line, line)
end(watch)
watch = begins("--lines", as_user=65534)
until_line(watch, lambda line: f":{ports(armed)[0]} " in line)
line = watch.stdout.readline()
check("a program of user 0, its settings are not known" in line, line)
end(watch)
