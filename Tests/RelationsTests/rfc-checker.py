#!/usr/bin/env python3
"""Holds keepwatch's certain claims to what RFC 9293 demands of them, by a reader of its own.

usage: rfc-checker.py BINARY CAPTURE...

Reads each capture (pcap, or pcapng's enhanced blocks; Ethernet with VLAN tags, Linux cooked, raw IP, BSD loopback; IPv4
and IPv6), and runs `BINARY replay --json CAPTURE`. Each probe, answer and give-up without `"certain": false` is checked
against the packets; what the capture does not show contradicts nothing. Prints each frame that fails, and exits 1.
"""
import collections, json, struct, subprocess, sys

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
CAUSED = 0.05  # s: what comes sooner after news from the peer was caused by it
Segment = collections.namedtuple("Segment", "frame time ends seq ack flags length octet window same")


def packets(data):
    """(time, link type, octets) of each packet."""
    order = {b"\xd4\xc3\xb2\xa1": ("<", 1e6), b"\xa1\xb2\xc3\xd4": (">", 1e6),
             b"\x4d\x3c\xb2\xa1": ("<", 1e9), b"\xa1\xb2\x3c\x4d": (">", 1e9)}.get(data[:4])
    at = 24
    if order:
        link = struct.unpack_from(order[0] + "H", data, 20 if order[0] == "<" else 22)[0]
        while at + 16 <= len(data):
            seconds, part, length, _ = struct.unpack_from(order[0] + "IIII", data, at)
            yield seconds + part / order[1], link, data[at + 16:at + 16 + length]
            at += 16 + length
        return
    links, at, e = [], 0, "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    while at + 12 <= len(data):
        kind, size = struct.unpack_from(e + "II", data, at)
        if kind == 1:
            links.append(struct.unpack_from(e + "H", data, at + 8)[0])
        elif kind == 6:
            interface, high, low, length = struct.unpack_from(e + "IIII", data, at + 8)
            yield (high << 32 | low) / 1e6, links[interface], data[at + 28:at + 28 + length]
        elif kind == 3:
            yield None, links[0], data[at + 12:at + size - 4]
        at += size


def network(link, octets):
    """Where a packet's IP header begins, and its VLAN tags; None where that is not read here."""
    at, tags = {1: 12, 113: 14, 276: 0}.get(link), ()
    if link in (12, 101, 228, 229):
        return 0, tags
    if link in (0, 108):
        return 4, tags
    if at is None or len(octets) < 20:
        return None
    kind, at = struct.unpack_from(">H", octets, at)[0], {1: 14, 113: 16, 276: 20}[link]
    while kind in (0x8100, 0x88A8):
        tag, kind = struct.unpack_from(">HH", octets, at)
        tags, at = tags + (tag & 0xFFF,), at + 4
    return (at, tags) if kind in (0x800, 0x86DD) else None


def segment(frame, time, link, octets):
    """The TCP segment of a packet, or None."""
    start = network(link, octets)
    if not start or len(octets) < start[0] + 40:
        return None
    ip, tags = octets[start[0]:], start[1]
    if ip[0] >> 4 == 4 and ip[9] == 6 and not struct.unpack_from(">H", ip, 6)[0] & 0x1FFF:
        header, total = (ip[0] & 15) * 4, struct.unpack_from(">H", ip, 2)[0] or len(ip)
        addresses, same = (ip[12:16], ip[16:20]), ip[4:6]
    elif ip[0] >> 4 == 6 and ip[6] == 6:
        header, total = 40, 40 + struct.unpack_from(">H", ip, 4)[0]
        addresses, same = (ip[8:24], ip[24:40]), b""
    else:
        return None
    tcp = ip[header:total]
    if len(tcp) < 20:
        return None
    source, target, seq, ack, offset, flags, window = struct.unpack_from(">HHIIBBH", tcp)
    length = total - header - (offset >> 4) * 4
    return Segment(frame, time, (tags, (addresses[0], source), (addresses[1], target)), seq, ack, flags & 63,
                   length + bool(flags & SYN) + bool(flags & FIN), tcp[(offset >> 4) * 4:] if length == 1 else b"",
                   window, same + tcp[4:(offset >> 4) * 4])


def after(a, b):
    """Whether sequence number a is after b."""
    return 0 < (a - b) % 2**32 < 2**31


class End:
    """What one end of a connection was seen to send, up to some frame."""

    def __init__(self):
        self.next = self.acked = self.news = self.window = self.single = None
        self.sent = {}

    def take(self, s):
        new = self.next is None or after((s.seq + s.length) % 2**32, self.next)
        brings = new and s.length > 0 or s.flags & ACK and (self.acked is None or after(s.ack, self.acked))
        if not s.flags & RST:
            if s.octet and self.next == s.seq:
                self.single = s.seq, s.octet
            self.next = (s.seq + s.length) % 2**32 if new else self.next
            self.window = s.window
            if s.flags & ACK and (self.acked is None or after(s.ack, self.acked)):
                self.acked = s.ack
            if brings:
                self.news = s.time
        self.sent[s.same] = s


def connection(segments, index):
    """Both ends as seen before the segment at `index`, and the peer's next acknowledgment after it."""
    s, own, peer, begun = segments[index], End(), End(), None
    back = (s.ends[0], s.ends[2], s.ends[1])
    for t in segments[:index]:
        if t.ends not in (s.ends, back):
            continue
        if t.flags & (SYN | ACK) == SYN and begun not in (None, (t.ends, t.seq)):
            # One that no SYN answers changes nothing (RFC 5961 §4.2).
            if not any(u.flags & SYN and u.ack == (t.seq + 1) % 2**32 for u in segments):
                continue
            own, peer = End(), End()
        if t.flags & (SYN | ACK) == SYN:
            begun = (t.ends, t.seq)
        (own if t.ends == s.ends else peer).take(t)
    later = next((t.ack for t in segments[index + 1:]
                  if t.ends == back and t.flags & (ACK | RST | SYN) == ACK and not copied(t, peer)), None)
    return own, peer, later


def copied(s, own):
    """The segment that was sent just before with the same octets, if one was."""
    earlier = own.sent.get(s.same)
    return earlier if earlier and s.time is not None and 0 <= s.time - earlier.time < CAUSED else None


def probe(s, own, peer, later):
    end = (s.seq + 1) % 2**32
    if s.flags & ~URG != ACK:
        yield "its control bits are not only ACK (RFC 9293 §3.8.4)"
    if s.length > 1:
        yield f"it carries {s.length} octets: none, or one of garbage (§3.8.4)"
    if own.next is not None and after(own.next, end):
        yield f"SEG.SEQ + 1 is {end}, its sender's SND.NXT is {own.next}"
    if s.length and own.next is not None and not after(own.next, s.seq):
        yield "its octet was never sent before: new data"
    if peer.acked is not None and after(peer.acked, end):
        yield f"SEG.SEQ + 1 is {end}, its peer acknowledged {peer.acked}"
    if peer.acked is not None and after(end, peer.acked) and (
            own.next == peer.acked if later is None else after(end, later)):
        yield f"SEG.SEQ + 1 is {end}, acknowledged were {peer.acked} and then {later}: it is new, or data is in flight"
    if s.time is not None and peer.news is not None and 0 <= s.time - peer.news < CAUSED:
        yield f"its peer brought something new {s.time - peer.news:.6f} s before: no silence"
    if s.octet and own.single == (s.seq, s.octet):
        yield "its octet is the one that was new data at that number before: it may be sent again (RFC 6298 §5.4)"
    copy, before = copied(s, own), own.sent.get(s.same)
    if copy:
        yield f"it is a copy of frame {copy.frame}"
    if peer.window == 0 and before and s.time is not None and s.time - before.time < 0.9:
        yield "its peer's window is 0, and the gap under 0.9 s: a window probe"


def answer(s, own, asked, by):
    if s.ends != (asked.ends[0], asked.ends[2], asked.ends[1]):
        yield f"it does not come from the end that frame {asked.frame} probed"
    if by == "reset":
        if not s.flags & RST:
            yield "it is no reset"
        elif not s.flags & ACK and s.seq != asked.ack:
            yield f"SEG.SEQ is {s.seq}, the probe's SEG.ACK is {asked.ack} (§3.10.7.1)"
        elif s.flags & ACK and (s.ack - asked.seq) % 2**32 > 1:
            yield f"SEG.ACK is {s.ack}, the probe's SEG.SEQ is {asked.seq}"
        return
    if s.flags != ACK or s.length:
        yield "it is no empty acknowledgment"
    if s.ack != (asked.seq + 1) % 2**32:
        yield f"SEG.ACK is {s.ack}, the probe's SEG.SEQ + 1 is {(asked.seq + 1) % 2**32}"
    if own.next is not None and after(own.next, s.seq):
        yield f"SEG.SEQ {s.seq} is below its sender's SND.NXT {own.next}: a probe itself, or overtaken"
    if s.time is not None and s.time - asked.time < -0.001:
        yield f"it stands before its probe, frame {asked.frame}"


def give_up(s, own, peer):
    if s.flags & (RST | ACK) != RST | ACK:
        yield "it is no reset that acknowledges (tcp_send_active_reset)"
    # Begun midstream, what its sender is known to have sent may end one below SND.NXT: with its probes.
    if own.next is not None and (s.seq - own.next) % 2**32 > (1 if peer.acked is None else 0) and s.seq != peer.acked:
        yield f"SEG.SEQ is {s.seq}, its sender's SND.NXT is {own.next}, acknowledged was {peer.acked}"


def failures(binary, capture):
    with open(capture, "rb") as file:
        read = [segment(n, *p) for n, p in enumerate(packets(file.read()), 1)]
    segments = [s for s in read if s]
    place = {s.frame: index for index, s in enumerate(segments)}
    run = subprocess.run([binary, "replay", "--json", capture], capture_output=True, text=True)
    checked = unread = 0
    for event in map(json.loads, run.stdout.splitlines()):
        kind, by = event["event"], event.get("by")
        if kind not in ("probe", "answer", "give-up") or by == "data" or event.get("certain") is False:
            continue
        index, asked = place.get(event["frame"]), place.get(event.get("probe"))
        if index is None or kind == "answer" and asked is None:
            unread += 1
            continue
        checked += 1
        own, peer, later = connection(segments, index)
        wrong = {"probe": lambda: probe(segments[index], own, peer, later),
                 "answer": lambda: answer(segments[index], own, segments[asked], by),
                 "give-up": lambda: give_up(segments[index], own, peer)}[kind]
        yield from (f"{capture}: frame {event['frame']}, {kind}: {text}" for text in wrong())
    print(f"{capture}: {checked} certain claims checked, {unread} in packets that are not read here", file=sys.stderr)


wrong = [line for capture in sys.argv[2:] for line in failures(sys.argv[1], capture)]
print("\n".join(wrong) or "No certain claim fails.")
sys.exit(1 if wrong else 0)
