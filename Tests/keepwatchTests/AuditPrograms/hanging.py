# What hangs is told, with when its kernel gives up; the kernel then does so. What ss -K frees ends with ECONNABORTED.
open("/proc/sys/net/ipv4/tcp_retries2", "w").write("4")

def deaf(connection):
    connection.setsockopt(socket.IPPROTO_IP, 21, 255)  # IP_MINTTL: it drops every segment

def give_up(connection, result):
    connection.settimeout(60)
    try:
        connection.recv(1)
    except OSError as error:
        result.append((time.monotonic(), error.errno))

def expect_end(connection, kind):
    result = []
    waiting = threading.Thread(target=give_up, args=(connection, result))
    waiting.start()
    line, began, done = None, None, None
    def hangs():
        nonlocal line, began, done
        began = time.monotonic()
        line = audit()[0][ports(connection)]
        done = time.monotonic()
        return line["hang"] == kind
    until(hangs, kind)
    waiting.join()
    ended, error = result[0]
    check(error == 110, "ETIMEDOUT", error)
    # The kernel was asked between the two, and the timers of probes are late by up to 0.3 s each here.
    check(line["gives_up_in_low"] - 0.3 <= ended - began and ended - done <= line["gives_up_in_high"] + 1.5,
          kind, ended - began, ended - done, line)
    print(f"{kind}: {line['gives_up_in_low']:.2f} to {line['gives_up_in_high']:.2f} s, it was {ended - done:.2f} to "
          f"{ended - began:.2f} s")

probing, peer = pair()
set_options(probing, 1, 1, 1, 4)
deaf(peer)
sending, other = pair()
deaf(other)
sending.sendall(b"anybody there?")
timed, third = pair()
set_options(timed, 1, 1, 1, 9, 4000)
deaf(third)
timed.sendall(b"hello")
kinds = [(probing, "unanswered-probes"), (sending, "unacknowledged-data"), (timed, "unacknowledged-data")]
ends = [threading.Thread(target=expect_end, args=each) for each in kinds]
for end in ends: end.start()
for end in ends: end.join()

blocked, reader = pair()
blocked.setblocking(False)
try:
    while True:
        blocked.send(bytes(65536))
except BlockingIOError:
    pass
began = time.monotonic()
until(lambda: audit()[0][ports(blocked)]["hang"] == "closed-window", "a closed window is told")
check(time.monotonic() - began > 8, "not before it was closed for long")
page = subprocess.run([program, "audit", "--check"], capture_output=True, text=True)
check(page.returncode == 2 and page.stdout.startswith("KEEPWATCH CRITICAL - "), page)
page = subprocess.run([program, "audit"], capture_output=True, text=True).stdout
command = [word for word in page.splitlines() if "ss -K" in word][0].split("ss -K ")[1]
subprocess.run(["ss", "-K", *command.split()], check=True, capture_output=True)
try:
    blocked.send(b"x")
    check(False, "a connection that ss -K has freed sends no more")
except OSError as error:
    check(error.errno in (103, 32), "ECONNABORTED", error)
