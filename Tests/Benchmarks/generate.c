/* Writes a capture: generate FILE PACKETS CONNECTIONS PAYLOAD OTHER VARIANT
   Plain conversations: data one way, acknowledgments the other, all in order; of 100 packets OTHER are UDP, of the same
   length. VARIANT:
     pcap, pcapng, ipv6   no keepalive; a pcap file, a pcapng file, a pcap file of IPv6
     short                each connection has eight packets from SYN to FIN, a thousand at a time, whatever CONNECTIONS and
                          PAYLOAD say
     watch                the same one after the other, 2,000 a second
     below                of 100 segments 40 lie one octet below SND.NXT, in random order; all timestamps are 0
   Connections that are probed once a minute (keepalive.h), whatever PAYLOAD and OTHER say; PACKETS says how many rounds:
     probe                each round is a probe and its answer
     mixed                a third of the rounds are data and its acknowledgment
     lossy                the same; of 100 packets one is lost, one captured twice
     shuffled             as mixed; the connections are probed in another order than they were opened
   Floods (floods.h), whatever PAYLOAD and OTHER say:
     flood-syn, flood-single      SYNs of random addresses; segments of data of random addresses
     flood-again, flood-probe     forged conversations of three packets, with a retransmission each, or a probe each
     flood-one, flood-window      one connection with probes and answers only; the same into a closed window
     flood-disorder               one connection, out of order without end
     flood-icmp                   ICMP errors that quote anything
     flood-flags, flood-chosen    random flags; addresses A+i and A−i; both on CONNECTIONS */
#include "floods.h"
#include "keepalive.h"

struct connection { uint32_t number, step, sent, received; };

/* What each step of a short connection is. */
static const struct { int forward, flags, data; } SHORT[] = {
  {1, SYN, 0}, {0, SYN | ACK, 0}, {1, ACK, 0}, {1, PSH | ACK, 20}, {0, ACK, 0}, {1, FIN | ACK, 0}, {0, FIN | ACK, 0}, {1, ACK, 0}};

static void write_plain(long packets, long connections, long payload, long other, const char *variant) {
  int is_watch = !strcmp(variant, "watch"), is_short = is_watch || !strcmp(variant, "short");
  int is_ipv6 = !strcmp(variant, "ipv6"), is_below = !strcmp(variant, "below");
  long active = is_watch ? 1 : is_short ? 1000 : connections, begun = active;
  struct connection *all = calloc(active, sizeof *all);
  for (long n = 0; n < active; n++) all[n].number = n;
  for (long n = 0; n < packets; n++) {
    uint64_t random = next_random();
    struct connection *c = &all[random % active];
    int is_udp = (long)(random >> 32) % 100 < other;
    int forward = is_udp ? 1 : is_short ? SHORT[c->step].forward : c->step % 2 == 0;
    uint32_t data = is_short ? SHORT[c->step].data : forward ? payload : 0;
    uint32_t sent = 1000 + c->sent, received = 5000 + c->received, clock = is_below ? 0 : n / 1000;
    struct segment s = {.sequence = forward ? sent : received, .acknowledgment = forward ? received : sent, .payload = data,
      .flags = is_short ? SHORT[c->step].flags : ACK, .value = clock, .echo = clock, .window = 512, .identification = n,
      .is_udp = is_udp, .is_ipv6 = is_ipv6};
    if (is_below && (random >> 32) % 100 < 40) s.sequence--;
    address(&s, c->number, forward);
    write_segment(&s, is_watch ? n * 125 / 2 : n);
    if (is_udp) continue;
    c->step++;
    *(forward ? &c->sent : &c->received) += data + (s.flags & (SYN | FIN) ? 1 : 0);
    if (is_short && c->step == 8) memset(c, 0, sizeof *c), c->number = begun++;
  }
}

int main(int count, char **words) {
  if (count != 7) return fprintf(stderr, "usage: generate FILE PACKETS CONNECTIONS PAYLOAD OTHER VARIANT\n"), 64;
  file = fopen(words[1], "wb");
  long packets = atol(words[2]), connections = atol(words[3]), payload = atol(words[4]), other = atol(words[5]);
  const char *variant = words[6];
  is_pcapng = !strcmp(variant, "pcapng");
  write_file_header();
  if (write_flood(packets, connections, variant)) return fclose(file);
  if (!strcmp(variant, "probe") || !strcmp(variant, "mixed") || !strcmp(variant, "lossy") || !strcmp(variant, "shuffled"))
    write_keepalives(packets, connections, variant);
  else write_plain(packets, connections, payload, other, variant);
  return fclose(file);
}
