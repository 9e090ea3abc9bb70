#!/usr/bin/env bash
# Times that no clock tells: captures centuries apart, every unit and offset of pcapng, logs and strace of any year. Nothing may trap.
exec python3 - "$(dirname "$0")" <<'END'
import itertools, json, sys
sys.path.insert(0, sys.argv[1])
from common import *

OUTPUTS = [["--utc"], ["--json"], ["--connection", "1"], ["--why", "6"], ["--html", str(WORK / "p.html"), "--svg", str(WORK / "f.svg")]]
EDGES = [0, 1, 2**31, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1]
story = [octets for _, octets in dead((0x0A010000, 40_000))]
zero_window = [octets for _, octets in dead((0x0A010000, 40_000))][:5]
zero_window[4:] = [segment(SERVER, (0x0A010000, 40_000), 511, 111, ACK, window=0)] + [
    segment((0x0A010000, 40_000), SERVER, 110, 511, ACK)] * 4

# Each unit and offset, each with times that jump between the edges.
for resolution, offset in itertools.product([0, 3, 6, 9, 19, 0x80, 0xA0, 0xBF], [None, 0, 2**62, -(2**63), 2**63 - 1]):
    for packets in (story, zero_window):
        times = itertools.cycle(EDGES)
        file = SECTION + interface(101, resolution, offset) + b"".join(enhanced(next(times), octets) for octets in packets)
        path = write("clock.pcapng", file)
        for output in OUTPUTS[: 5 if offset is None else 2]:
            survives(f"resolution {resolution}, offset {offset} {output}", "replay", path, *output)

# Files of the same packets, by clocks centuries apart, three of them.
names = [write(f"{index}.pcapng", SECTION + interface(101, 9, offset) + b"".join(
    enhanced(number * SECOND, octets) for number, octets in enumerate(story)))
    for index, offset in enumerate([0, 4_600_000_000, 9_200_000_000, -(2**62), 2**63 - 1])]
for chosen in itertools.permutations(names, 3):
    for output in OUTPUTS[:2]:
        survives(f"{chosen} {output}", "replay", *chosen, *output)

# Calls of any time.
capture = write("story.pcap", pcap(dead((0x0A010000, 40_000))))
ends = {"local": "10.1.0.0:40000", "remote": "10.0.9.8:5432"}
times = [-(2**63), -1, 0, START, 2**62, 9_200_000_000 * SECOND, 2**63 - 1]
calls = [dict(process="p", call=call, time=time, began=began, result=-1, error="ETIMEDOUT", **ends)
         for call in ("recv", "connect", "exit") for time in times for began in times]
log = write("log.jsonl", "".join(json.dumps(call) + "\n" for call in calls).encode())
strace = write("strace", "".join(
    f"7 {time}.9 recvfrom(3<TCP:[10.1.0.0:40000->10.0.9.8:5432]>, \"x\", 1) = {result} ETIMEDOUT <{took}.9>\n"
    for time in (1_700_000_000, 2**32, 9_199_999_999, 2**63) for took in (0, 2**33 - 1, 9_199_999_999, 2**63)
    for result in (-1, 0, 2**63 - 1, -(2**63), 2**64)).encode())
for output in OUTPUTS:
    survives(f"logs {output}", "replay", capture, "--log", log, "--strace", strace, *([] if "--why" in output else output))
end("times that no clock tells")
END
