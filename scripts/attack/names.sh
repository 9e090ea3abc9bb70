#!/usr/bin/env bash
# Names and texts that would give a terminal orders, or turn the text around them: of files, programs, calls and filters.
exec python3 - "$(dirname "$0")" <<'END'
import json, os, sys
sys.path.insert(0, sys.argv[1])
from common import *

WRONG = [*range(0x00, 0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2028, 0x2029,
         *range(0x2066, 0x206A), *range(0x10F780, 0x10F800)]
text = "a" + "".join(chr(code) for code in WRONG if code) + "\nb"
capture = pcap(dead((0x0A010000, 40_000)))
ends = dict(local="10.1.0.0:40000", remote="10.0.9.8:5432")


def clean(octets, what):
    try:
        found = [code for code in map(ord, octets.decode()) if code in WRONG]
    except UnicodeDecodeError:
        return fail(f"{what}: no UTF-8")
    if found:
        fail(f"{what}: U+{found[0]:04X}")


log = write("log", (json.dumps(dict(process=text, call="recv" + text, text=text, error="E" + text, result=-1, time=START, **ends)) + "\n").encode())
strace = write("strace", (f"7 1700000000.1 execve(\"/bin/{text}\", [], 0x7f) = 0 <0.1>\n".replace("\n", " ") + "\n"
    + f"7 1700000000.2 sendto(3<TCP:[10.1.0.0:40000->10.0.9.8:5432]>, \"{text}\", 1) = 1 <0.1>\n").encode())
names = [b"/" + bytes([octet]) + b".pcap" for octet in range(1, 256) if octet != 0x2F]
names += [b"/" + text[:60].encode() + b".pcap", b"/\xff\xfe.pcap", b"/" + text[60:].encode()[:200], b"/\xf4\x8f\x9e\x80"]
folder = str(WORK).encode()
for name in names:
    path = folder + name
    with open(path, "wb") as file:
        file.write(capture)
    outputs = [["--utc"], ["--json"]]
    if len(name) > 7 or name[1] in (0x1B, 0x9B, 0xFF):
        outputs += [["--html", path + b".html", "--svg", path + b".svg"], ["--connection", "1"], ["port 1"], ["--annotate", path + b".ng"]]
    for output in outputs:
        status, *texts, _ = survives(f"{name!r} {output}", "replay", path, *output)
        if status != 0:
            fail(f"{name!r} {output}: status {status}")
        for octets in texts:
            clean(octets, f"{name!r} {output}")
    for ending in (b".html", b".svg"):
        if len(outputs) > 2:
            clean(open(path + ending, "rb").read(), f"{name!r}{ending!r}")
plain = write("plain.pcap", capture)
for output in (["--utc"], ["--json"], ["--connection", "1"], ["--html", str(WORK / "p.html")], ["--svg", str(WORK / "f.svg")]):
    _, *texts, _ = survives(f"logs {output}", "replay", plain, "--log", log, "--strace", strace, *output)
    for octets in texts + [open(WORK / name, "rb").read() for name in ("p.html", "f.svg") if (WORK / name).exists()]:
        clean(octets, f"logs {output}")
for word in (text.replace("\0", ""), "\x9b31m", "\u202e"):
    for arguments in (["replay", plain, word], ["replay", plain, "--", word], ["replay", word], ["live", "-i", word], ["demo", word],
                      ["replay", plain, "--fail-on", word], ["run", "--", word], [word]):
        _, *texts, _ = survives(f"word {arguments}", *arguments, statuses=range(0, 128))
        for octets in texts:
            clean(octets, f"word {arguments}")
end("names that give orders")
END
