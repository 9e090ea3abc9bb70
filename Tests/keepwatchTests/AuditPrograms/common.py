# What the programs of the audit's tests share, after Harness's prelude.
import json, random, shutil, socket, threading

# An audit's socket lines by their own port and the other, and its last line.
def audit(*words, as_user=None):
    command = [program_of(as_user), "audit", "--json", *words]
    if as_user is not None:
        command = ["setpriv", "--reuid", str(as_user), "--regid", str(as_user), "--clear-groups", *command]
    result = subprocess.run(command, capture_output=True, text=True)
    check(result.returncode in (0, 3), command, result.returncode, result.stdout, result.stderr)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    check(lines[0]["event"] == "capture" and lines[-1]["event"] == "audit", result.stdout)
    return {(line["src_port"], line["dst_port"]): line for line in lines if line["event"] == "socket"}, lines[-1]

# A plain user may not look into the folder of the build.
def program_of(user):
    if user is None:
        return program
    if not os.path.exists("program"):
        os.chmod(".", 0o755)
        shutil.copy(program, "program")
    return os.path.abspath("program")

# What a row of options becomes when it is read: SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT.
def options_of(connection):
    tcp = lambda name: connection.getsockopt(socket.IPPROTO_TCP, name)
    return [bool(connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)), tcp(socket.TCP_KEEPIDLE),
            tcp(socket.TCP_KEEPINTVL), tcp(socket.TCP_KEEPCNT), tcp(socket.TCP_USER_TIMEOUT) / 1000]

def told(line):
    return [line[key] for key in ("keepalive", "idle", "interval", "count", "user_timeout")]

def set_options(connection, keepalive, idle=None, interval=None, count=None, timeout=None):
    for name, value in ((socket.TCP_KEEPIDLE, idle), (socket.TCP_KEEPINTVL, interval), (socket.TCP_KEEPCNT, count),
                        (socket.TCP_USER_TIMEOUT, timeout)):
        if value is not None:
            connection.setsockopt(socket.IPPROTO_TCP, name, value)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, keepalive)

# A connected pair on the loopback interface: the client's socket, the server's.
def pair(host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        client = socket.create_connection(listener.getsockname()[:2])
        return client, listener.accept()[0]

def ports(connection):
    return connection.getsockname()[1], connection.getpeername()[1]
