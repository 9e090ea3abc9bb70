"""What the attacks of this folder share: the program, captures made octet by octet, and how a run is judged."""
import os, pathlib, resource, struct, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = pathlib.Path(tempfile.mkdtemp(prefix="keepwatch-attack-"))
failures = []


def program():
    """The release build where there is one, else the debug build, or what KEEPWATCH names."""
    names = [os.environ.get("KEEPWATCH"), ROOT / ".build/release/keepwatch", ROOT / ".build/debug/keepwatch"]
    found = next((name for name in names if name and pathlib.Path(name).exists()), None)
    return str(found) if found else sys.exit("build keepwatch first: swift build -c release")


PROGRAM = program()


def run(*arguments, seconds=60, megabytes=4096):
    """One run, bounded in time and memory. Returns its status, output, messages and seconds of the processor."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    environment = dict(os.environ, SWIFT_BACKTRACE="enable=no", TZ="UTC", LC_ALL="C.UTF-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, preexec_fn=limit,
        env=environment)
    try:
        output, messages = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None, b"", b"", float("inf")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return process.returncode, output, messages, used


def survives(what, *arguments, statuses=(0, 1, 3), **limits):
    """Whether a run ends by itself, with one of these statuses; otherwise the attack has succeeded."""
    status, output, messages, used = run(*arguments, **limits)
    if status not in statuses:
        fail(f"{what}: {'no end in time' if status is None else f'status {status}'} {messages[-300:]!r}")
    return status, output, messages, used


def fail(what):
    failures.append(what)
    print(f"SUCCEEDED  {what}", flush=True)


def end(what):
    subprocess.run(["rm", "-rf", str(WORK)])
    if failures:
        sys.exit(f"{len(failures)} of the attacks succeeded: {what}")
    print(f"failed, as it should: {what}")


# Captures

def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(link_type=101, resolution=None, offset=None):
    options = b""
    if resolution is not None:
        options += struct.pack("<HHB3x", 9, 1, resolution)
    if offset is not None:
        options += struct.pack("<HHq", 14, 8, offset)
    return block(1, struct.pack("<HHI", link_type, 0, 0) + options + (bytes(4) if options else b""))


def enhanced(ticks, octets, number=0):
    return block(6, struct.pack("<IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(octets), len(octets)) + octets)


def pcap(packets, link_type=101):
    """A file of (nanoseconds, octets)."""
    head = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link_type)
    return head + b"".join(
        struct.pack("<IIII", time // 10**9, time % 10**9, len(octets), len(octets)) + octets for time, octets in packets)


SYN, ACK, PSH, RST, FIN = 2, 16, 8, 4, 1


def segment(source, destination, sequence, acknowledgment, flags, data=b"", window=500):
    """An IPv4 packet; an end is an address as a number, and a port."""
    tcp = struct.pack(">HHIIBBHHH", source[1], destination[1], sequence, acknowledgment, 0x50, flags, window, 0, 0) + data
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, source[0], destination[0]) + tcp


SERVER = (0x0A000908, 5432)
SECOND = 10**9
START = 1_700_000_000 * SECOND


def dead(client, start=START, silence=606):
    """A connection whose probes after a silence are not answered, and its give-up."""
    story = [
        (0, client, SERVER, 100, 0, SYN, b""), (0.001, SERVER, client, 500, 101, SYN | ACK, b""),
        (0.002, client, SERVER, 101, 501, ACK | PSH, b"0123456789"),
        (0.003, SERVER, client, 501, 111, ACK | PSH, b"0123456789"), (0.004, client, SERVER, 111, 511, ACK, b""),
    ]
    story += [(silence + 10 * step, client, SERVER, 110, 511, ACK, b"") for step in range(3)]
    story += [(silence + 30, client, SERVER, 111, 511, RST | ACK, b"")]
    return [(start + round(seconds * 1e9), segment(*fields)) for seconds, *fields in story]


def clients(count):
    return [(0x0A010000 + number // 50_000, 10_000 + number % 50_000) for number in range(count)]


def write(name, octets):
    path = WORK / name
    path.write_bytes(octets)
    return str(path)
