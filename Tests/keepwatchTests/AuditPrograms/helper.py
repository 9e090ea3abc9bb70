# The process that reads settings: what it may, and what becomes of an audit whose helper is stopped or killed.
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
connections = []
for _ in range(1500):
    connections.append(socket.create_connection(listener.getsockname()))
    connections.append(listener.accept()[0])

def child_of(process):
    try:
        return int(open(f"/proc/{process}/task/{process}/children").read().split()[0])
    except (OSError, IndexError):
        return None

# The child of an audit is the helper's guard.
def helper_of(audit):
    guard = child_of(audit.pid)
    return guard and child_of(guard)

# An audit that is met while it runs: `look` sees its helper, which then gets a signal. Where it was quicker, another one.
def with_signal(number, look, *words, user=None):
    command = [program_of(user), "audit", *words]
    if user is not None:
        command = ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups", *command]
    output = ""
    for _ in range(40):
        audit = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        helper = None
        while audit.poll() is None and helper is None:
            helper = helper_of(audit)
        try:
            # Until the privileges of the process that it was have gone.
            while audit.poll() is None and "NoNewPrivs:\t1" not in text(f"/proc/{helper}/status"):
                pass
            look(helper)
            os.kill(helper, number)
        except (OSError, TypeError, KeyError):
            audit.communicate()
            continue
        output, errors = audit.communicate()
        if number == 0 or "process that reads settings" in output:
            return output, audit.returncode, helper
    check(False, "an audit was met while it ran", output)

def state(helper):
    return text(f"/proc/{helper}/stat").rsplit(") ", 1)[-1][:1]

def look(helper):
    status = dict(line.split(":\t", 1) for line in text(f"/proc/{helper}/status").splitlines())
    descriptors = {name: os.readlink(f"/proc/{helper}/fd/{name}") for name in os.listdir(f"/proc/{helper}/fd")}
    return status, descriptors, os.getsid(helper)

def expect_seclusion(status, session, helper, capabilities):
    for each, expected in (("CapPrm", capabilities), ("CapEff", capabilities), ("CapInh", 0), ("CapAmb", 0), ("CapBnd", 0)):
        check(int(status[each], 16) == expected, each, status[each])
    check(status["NoNewPrivs"] == "1" and session == helper, status, session)
    # SIGKILL and SIGSTOP cannot be blocked, and the C library keeps two signals for itself.
    check(int(status["SigBlk"], 16) & 0x7ffbfeff == 0x7ffbfeff, status["SigBlk"])

# What both processes are, as they run.
def look_at_both(helper):
    found = look(helper)
    guard = int(found[0]["PPid"])
    expect_seclusion(found[0], found[2], helper, 1 << 19 | 1 << 2)  # CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH
    # Both give up what they have beside each other: the guard may be the later one.
    while "NoNewPrivs:\t1" not in text(f"/proc/{guard}/status"):
        check(state(guard) != "", "the guard is there")
    status, descriptors, session = look(guard)
    expect_seclusion(status, session, guard, 0)
    check(sorted(descriptors) == ["0", "1", "2"], descriptors)
    for _ in range(50):
        descriptors = look(helper)[1]
        check([descriptors[each] for each in "012"] == ["/dev/null"] * 3 and descriptors["3"].startswith("socket:"), descriptors)
        check(sum(target.startswith("socket:") for target in descriptors.values()) <= 2, "one copy at a time", descriptors)

with_signal(0, look_at_both)

def nothing(helper):
    return None

for user in (None, 65534):
    output, code, helper = with_signal(signal.SIGSTOP, nothing, user=user)
    check("was stopped by a signal, and has been ended" in " ".join(output.split()) and code == 0, user, code, output)
    check(state(helper) == "", "it has ended", state(helper))

output, code, helper = with_signal(signal.SIGKILL, nothing)
check("The process that reads settings has ended." in output and code == 0, code, output)
check("never noticed, unless it sends" in output, "timers tell what settings would", output)
output, code, helper = with_signal(signal.SIGKILL, nothing, "--check")
check(code == 3 and output.startswith("KEEPWATCH UNKNOWN - "), code, output)

# Root without CAP_SYS_PTRACE, as in a container, reads what has no more capabilities than it.
result = subprocess.run(
    ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace", "sh", "-c",
     """/usr/bin/python3 -c '
import socket, time
listener = socket.create_server(("127.0.0.1", 7900))
client = socket.create_connection(("127.0.0.1", 7900))
time.sleep(60)' & sleep 1; """ + f"{program} audit --json --port 7900; kill $!"], capture_output=True, text=True)
lines = [json.loads(line) for line in result.stdout.splitlines()]
client = [line for line in lines if line.get("dst_port") == 7900]
check(client and client[0]["settings_from"] == "socket", result)
result = subprocess.run(["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace", program, "audit"],
                        capture_output=True, text=True)
check("may not be looked into" in result.stdout and "never noticed, unless it sends" in result.stdout, result)

# In another PID namespace nobody is seen who has them; they are connections all the same.
result = subprocess.run(["unshare", "-p", "-f", "--mount-proc", program, "audit", "--json"], capture_output=True, text=True)
last = json.loads(result.stdout.splitlines()[-1])
check(last["connections"] == last["unseen"] == last["never_noticed"] > 2500, last)

# Nothing was left behind: connections close as ever.
connections[0].close()
connections[1].settimeout(5)
check(connections[1].recv(1) == b"", "a FIN comes at once")
