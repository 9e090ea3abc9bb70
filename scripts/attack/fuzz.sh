#!/usr/bin/env bash
# Mutated captures through every way of output, for a minute. No run may trap, be killed or go on for ever.
#
# fuzz.sh [SEED] [SECONDS]   the seed is printed, and makes the same mutations again
exec python3 - "$(dirname "$0")" "${1:-}" "${2:-60}" <<'END'
import gzip, itertools, random, sys
sys.path.insert(0, sys.argv[1])
from common import *

seed = int(sys.argv[2]) if sys.argv[2] else random.randrange(10**9)
print(f"seed {seed}", flush=True)
random.seed(seed)
deadline = time.monotonic() + float(sys.argv[3])
folders = [ROOT / "captures", ROOT / "Tests"]
originals = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*"))
             if path.suffix in (".pcap", ".pcapng", ".gz") and path.stat().st_size < 1 << 20]


def mutated(octets):
    octets = bytearray(octets)
    for _ in range(random.choice([1, 1, 2, 4, 16, 64])):
        if not octets:
            break
        # Headers are where the lengths and types stand.
        offset = random.randrange(min(len(octets), random.choice([64, 256, len(octets)])))
        kind = random.randrange(6)
        if kind == 0:
            octets[offset] ^= 1 << random.randrange(8)
        elif kind == 1:
            octets[offset] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)])
        elif kind == 2:
            number = random.choice([0, 1, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, random.getrandbits(32)])
            octets[offset : offset + 4] = number.to_bytes(4, random.choice(["little", "big"]))
        elif kind == 3:
            del octets[offset : offset + random.choice([1, 4, 40])]
        elif kind == 4:
            octets[offset:offset] = octets[offset : offset + random.choice([1, 16, 200])]
        else:
            octets = octets[: random.randrange(len(octets)) + 1]
    return bytes(octets)


OUTPUTS = [["--utc"], ["--json"], ["--all", "--ascii"], ["--connection", "1"], ["--why"], ["tcp"],
           ["--html", str(WORK / "p.html"), "--svg", str(WORK / "f.svg")], ["--annotate", str(WORK / "a.pcapng")]]
runs = 0
for output in itertools.cycle(OUTPUTS):
    if time.monotonic() > deadline:
        break
    original = random.choice(originals)
    octets = mutated(original)
    if random.randrange(8) == 0:
        octets = mutated(gzip.compress(octets, 1)) if random.randrange(2) else gzip.compress(octets, 1)
    files = [write("fuzzed", octets)]
    if random.randrange(4) == 0 and "--annotate" not in output:
        files.append(write("other", mutated(original) if random.randrange(2) else original))
    words = output + [str(random.randrange(1, 40))] if output == ["--why"] else output
    failed = len(failures)
    survives(f"run {runs} of seed {seed}, {words}", "replay", *files, *words, statuses=(0, 1, 64), seconds=30)
    if len(failures) > failed:
        for number, file in enumerate(files):
            os.replace(file, f"/tmp/keepwatch-fuzz-{seed}-{runs}-{number}")
        print(f"kept as /tmp/keepwatch-fuzz-{seed}-{runs}-*", flush=True)
    runs += 1
print(f"{runs} runs of {len(originals)} captures")
end("mutated captures")
END
