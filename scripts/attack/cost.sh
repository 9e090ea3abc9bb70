#!/usr/bin/env bash
# Small files that claim much, and many of a kind: four times as much may take eight times as long, no more, and little memory.
exec python3 - "$(dirname "$0")" <<'END'
import gzip, json, sys
sys.path.insert(0, sys.argv[1])
from common import *


def grows(what, make, sizes, *options):
    """Holds the cost of four times as much to eight times; what is over in a tenth of a second proves nothing and passes."""
    used = []
    for size in sizes:
        arguments = make(size)
        used.append(min(survives(f"{what}, {size}", "replay", *arguments, *options, seconds=300)[3] for _ in range(2)))
    start = run("--version")[3]
    ratio = (used[1] - start) / max(used[0] - start, 0.02)
    print(f"{what}: {used[0]:.2f} s, {used[1]:.2f} s", flush=True)
    if used[1] > 0.5 and ratio > 8:
        fail(f"{what}: {ratio:.0f} times as long")


many = SECTION + interface() * 10_000
flood = write("interfaces.pcapng.gz", gzip.compress(many + interface() * 20_000_000 + enhanced(5, bytes(60), 9_000_000), 1))
survives("20 million interfaces", "replay", flood, megabytes=1024, seconds=120)

link_types = lambda count: [write("links.pcapng", SECTION + b"".join(
    interface(number) for number in range(count)) + b"".join(enhanced(5, bytes(60), number) for number in range(count)))]
grows("link types", link_types, (16_000, 64_000))
grows("link types and a filter", lambda count: link_types(count) + ["tcp"], (16_000, 64_000))

dead_file = lambda count: [write("dead.pcap", pcap(sorted(packet for client in clients(count) for packet in dead(client))))]
grows("dead connections to one server", dead_file, (12_000, 48_000))
grows("the same, as JSON", dead_file, (3_000, 12_000), "--json")

one = lambda count, step: write(f"part{step}.pcap", pcap(
    [(START + (number * count + step) * 1000, segment((0x0A010000, 40_000), SERVER, number * 1000 + step, 1, ACK)) for number in range(200)]))
grows("many files", lambda count: [one(count, step) for step in range(count)], (50, 200))


def calls(count, remote, **fields):
    log = write("calls.jsonl", "".join(json.dumps(dict(
        process="p", time=START + number * 1000, began=START, result=1, remote=remote, **{
            key: value(number) if callable(value) else value for key, value in fields.items()})) + "\n" for number in range(count)).encode())
    return [write("calls.pcap", pcap(dead((0x0A010000, 40_000)))), "--log", log]


grows("calls", lambda count: calls(count, "10.0.9.8:5432", local="10.1.0.0:40000", call="send"), (10_000, 40_000))
grows("calls and a page", lambda count: calls(count, "10.0.9.8:5432", local="10.1.0.0:40000", call="send"), (10_000, 40_000),
      "--html", str(WORK / "page.html"))
grows("connects of unknown ends", lambda count: calls(count, "10.0.9.8:5432", call="connect"), (10_000, 40_000))
grows("calls of many connections, and signals", lambda count: [
    dead_file(count)[0], "--log", write("many.jsonl", "".join(json.dumps(dict(
        process="p", time=START + number, call=call, result=1, **ends)) + "\n"
        for number, client in enumerate(clients(count)) for call, ends in (
            ("send", dict(local=f"10.1.0.{client[0] & 255}:{client[1]}", remote="10.0.9.8:5432")), ("signal", {}))).encode()),
    "--svg", str(WORK / "figure.svg")], (3_000, 12_000))
grows("lines that are no calls", lambda count: [write("x.pcap", pcap(dead((1, 1)))), "--log", write("x.jsonl", b"x\n" * count)],
      (100_000, 400_000))
end("small files of large cost")
END
