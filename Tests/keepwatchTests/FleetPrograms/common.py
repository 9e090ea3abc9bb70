# What the programs of the fleet's tests share, after Harness's prelude.
import json, re, socket, urllib.request
repository = sys.argv[3]
fleet = repository + "/docs/fleet"
address = "127.0.0.1:9110"

# The listener lies where `swift build` has put it, Prometheus perhaps where scripts/install-requirements has.
os.environ["PATH"] += f":{repository}/.build/listener/debug:{repository}/.build/tools/usr/bin"

def get(path, accept=None, at=address):
    request = urllib.request.Request(f"http://{at}{path}", headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()

def listens(at=address):
    try:
        get("/-/healthy", at=at)
        return True
    except OSError:
        return False

# Waits until a watch answers; a busy machine takes a while to start both programs.
def wait_for(watch):
    end = time.time() + 60
    while not listens():
        check(watch.poll() is None and time.time() < end, "it listens:", watch.returncode, text("err"))
        time.sleep(0.05)

# A connection whose client probes after a second, once.
def probing_pair(listener):
    client = socket.create_connection(listener.getsockname()[:2])
    server = listener.accept()[0]
    for name in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT):
        client.setsockopt(socket.IPPROTO_TCP, name, 1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return client, server

# From now on the kernel drops what comes for this socket: packets on `lo` have a TTL of 64 (IP_MINTTL, ip(7)).
def make_deaf(connection):
    connection.setsockopt(socket.IPPROTO_IP, 21, 255)

def value(text, series):
    for line in text.splitlines():
        if line.startswith(series + " "):
            return float(line.split()[-1])

def status_letter(pid):
    return text(f"/proc/{pid}/stat").rsplit(") ", 1)[-1][:1]
