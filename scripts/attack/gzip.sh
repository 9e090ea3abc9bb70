#!/usr/bin/env bash
# Damaged compressed captures: each octet of two members changed, and what stands between them. No packet may be lost without a word.
exec python3 - "$(dirname "$0")" <<'END'
import gzip, json, sys
sys.path.insert(0, sys.argv[1])
from common import *

whole = pcap(dead((0x0A010000, 40_000)))
middle = 24 + 4 * 16 + sum(len(octets) for _, octets in dead((0x0A010000, 40_000))[:4])
members = [gzip.compress(part, mtime=0) for part in (whole[:middle], whole[middle:])]


def packets(octets, what):
    status, output, messages, _ = survives(what, "replay", "--json", write("c.pcap.gz", octets))
    lines = [json.loads(line) for line in output.splitlines()]
    count = lines[-1]["packets"] if lines and lines[-1]["event"] == "summary" else 0
    if status == 0 and count < 9:
        fail(f"{what}: {9 - count} packets are lost with status 0")
    if status == 1 and not messages:
        fail(f"{what}: status 1 without a word")
    return count


if packets(b"".join(members), "whole") != 9 or packets(b"".join(members) + bytes(600), "padded") != 9:
    fail("a whole file is not read whole")
for between in (b"\0", b"\0\0\0", b"x", b"\x1f", b"\x1f\x8b", b"\x1f\x8b\x08", bytes(70_000) + b"x"):
    if packets(members[0] + between + members[1], f"{between[:4]!r} between") < 4:
        fail(f"{between[:4]!r} between: what stands before it is not read")
for offset in range(2, len(members[0] + members[1]), 3):
    octets = bytearray(members[0] + members[1])
    octets[offset] ^= 0x55
    count = packets(bytes(octets), f"octet {offset}")
    if offset >= len(members[0]) and count < 4:
        fail(f"octet {offset}: the first member is not read")
end("damaged compressed captures")
END
