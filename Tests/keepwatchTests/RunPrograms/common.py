# What the tests of `run` with real programs share, after Harness's prelude: a client's host, which is this network namespace, and a
# server's, joined by a pair of virtual Ethernet interfaces.
import glob, shutil, socket

client, server = "10.1.0.1", "10.1.0.2"
running = []

# Whatever ends this script ends what it has started.
def start(*words, far=False, **options):
    if far:
        words = ["nsenter", "-t", str(host.pid), "-n", *words]
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *words], stdin=subprocess.DEVNULL, stdout=open("programs.log", "ab"),
        stderr=subprocess.STDOUT, **options)
    running.append(process)
    return process

def do(*words, far=False):
    if far:
        words = ["nsenter", "-t", str(host.pid), "-n", *words]
    result = subprocess.run(words, capture_output=True, text=True)
    check(result.returncode == 0, words, result.stderr)
    return result.stdout

host = start("unshare", "-n", "sleep", "300")
until(lambda: os.path.exists(f"/proc/{host.pid}/ns/net")
      and os.readlink(f"/proc/{host.pid}/ns/net") != os.readlink("/proc/self/ns/net"), "the server's host is there")
do("ip", "link", "add", "c0", "type", "veth", "peer", "name", "s0")
do("ip", "link", "set", "s0", "netns", str(host.pid))
do("ip", "addr", "add", client + "/24", "dev", "c0")
do("ip", "link", "set", "c0", "up")
for words in (["addr", "add", server + "/24", "dev", "s0"], ["link", "set", "s0", "up"], ["link", "set", "lo", "up"]):
    do("ip", *words, far=True)

# The command's file; what is not installed is named, and not tried.
def command(*names):
    for name in names:
        for found in sorted(glob.glob(name)) if "/" in name else [shutil.which(name)]:
            if found:
                return found
    print(f"not installed, and not tried: {names[0]}")
    os._exit(0)

def write(name, content):
    with open(name, "w") as file:
        file.write(content)
    return os.path.abspath(name)

def listens(port):
    until(lambda: f":{port} " in do("ss", "-Hltn", far=True), "a program listens at", port, text("programs.log"))

# Runs a program under keepwatch, and does something once it is idle: its socket's keepalive timer runs, and no data is on its way.
def story(words, port, act=lambda: None, settled=1.5, env=None):
    watched = subprocess.Popen(
        [program, "run", "-o", "story", "--", *words], stdin=subprocess.DEVNULL, stdout=open("out", "wb"),
        stderr=open("err", "wb"), env={**os.environ, **(env or {})})
    running.append(watched)
    until(lambda: "timer:(keepalive" in do("ss", "-Htno", f"dport = :{port}"), "it is idle", text("err"))
    time.sleep(settled)
    act()
    try:
        watched.wait(60)
    except subprocess.TimeoutExpired:
        check(False, "it has ended;", text("story"), text("err"))
    return text("story")

# One line of it: how lines are broken does not matter.
def flat(story):
    return " ".join(story.split())

def expect(story, required, forbidden):
    check(len(story.splitlines()) <= 60, len(story.splitlines()), "lines", story)
    for phrase in required:
        check(phrase in flat(story), "it says", repr(phrase), story)
    for phrase in [*forbidden, "it cannot be told", "the wire looks the same", "-0.0"]:
        check(phrase not in flat(story), "it does not say", repr(phrase), story)

def drop_answers(port):
    do("nft", "add table t; add chain t i { type filter hook input priority 0; }; add rule t i tcp sport %d drop" % port)
