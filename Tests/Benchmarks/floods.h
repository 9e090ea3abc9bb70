/* Traffic that somebody sends to wear the analysis down. Packets come a microsecond after one another where nothing else is
   said. */
#include "packets.h"

/* A segment of anybody's to port 443 of one server. */
static struct segment from_anybody(uint8_t flags, uint32_t payload) {
  uint64_t random = next_random(), more = next_random();
  return (struct segment){.source = random, .destination = 0x0a800001, .source_port = random >> 32, .destination_port = 443,
    .sequence = more, .acknowledgment = more >> 32, .payload = payload, .flags = flags, .value = more >> 16, .window = 512,
    .identification = random >> 48};
}

static void write_syns(long packets) {
  for (long n = 0; n < packets; n++) {
    struct segment s = from_anybody(SYN, 0);
    write_segment(&s, n);
  }
}

static void write_single_packets(long packets) {
  for (long n = 0; n < packets; n++) {
    struct segment s = from_anybody(PSH | ACK, 20);
    write_segment(&s, n);
  }
}

/* Conversations of data, the same data again, and its acknowledgment; or of data, its acknowledgment, and a probe. Each is
   forged by one who sends both sides; `apart` others have the same step between two of its own. */
static void write_conversations(long packets, int has_probe) {
  long count = packets / 3, apart = count / 4;
  uint64_t n = 0;
  for (long round = 0; round < count + 2 * apart; round++) {
    for (int step = 0; step < 3; step++) {
      long number = round - step * apart;
      if (number < 0 || number >= count) continue;
      int forward = step != (has_probe ? 1 : 2);
      struct segment s = {.sequence = forward ? 1000 : 5000, .acknowledgment = forward ? 5000 : 1020, .payload = step == 0 || (step == 1 && !has_probe) ? 20 : 0,
        .flags = ACK, .value = n / 1000 + 1, .echo = 1, .window = 512, .identification = n};
      if (step == 2 && has_probe) s.sequence += 19;
      address(&s, number, forward);
      /* Two seconds from one step to the next, however many conversations there are. */
      write_segment(&s, n++ * (2000000.0 / (3 * apart)));
    }
  }
}

/* One connection: a segment of data and its acknowledgment, then probes and answers a second apart; where the window is
   closed, they are probes of it. */
static void write_probes(long packets, int window) {
  for (long n = 0; n < packets; n++) {
    int forward = n % 2 == 0;
    struct segment s = {.sequence = forward ? 1019 : 5000, .acknowledgment = forward ? 5000 : 1020, .flags = ACK, .value = n + 1,
      .echo = n, .window = forward ? 512 : window, .identification = n};
    if (n == 0) s.sequence = 1000, s.payload = 20;
    address(&s, 0, forward);
    write_segment(&s, n / 2 * 1000000 + n % 2 * 300);
  }
}

/* One connection, of which one octet never comes, and what follows it comes in any order. */
static void write_disorder(long packets) {
  for (long n = 0; n < packets; n++) {
    struct segment s = {.sequence = n == 0 ? 980 : 1001 + next_random() % 60000, .acknowledgment = 5000, .payload = 20, .flags = ACK,
      .value = n / 1000 + 1, .window = 512, .identification = n};
    address(&s, 0, 1);
    write_segment(&s, n);
  }
}

/* "Port unreachable" (RFC 792), each of a segment that nobody has seen. */
static void write_icmp(long packets) {
  for (long n = 0; n < packets; n++) {
    uint8_t quoted[LONGEST], packet[70] = {0};
    struct segment s = from_anybody(ACK, 0);
    make_packet(quoted, &s);
    uint8_t *ip = packet + 14;
    put16(packet + 12, 0x0800);
    ip[0] = 0x45, ip[8] = 64, ip[9] = 1, ip[20] = 3, ip[21] = 3;
    put16(ip + 2, 56), put32(ip + 12, s.destination), put32(ip + 16, s.source);
    memcpy(ip + 28, quoted + 14, 28);
    write_packet(packet, sizeof packet, n);
  }
}

/* Any flags and numbers, on so many connections. */
static void write_flags(long packets, long connections) {
  for (long n = 0; n < packets; n++) {
    uint64_t random = next_random();
    struct segment s = from_anybody(random >> 56, random >> 40 & 1 ? 0 : 20);
    s.sequence = 1000 + (random >> 48) % 40, s.acknowledgment = 1000 + (random >> 44) % 40;
    address(&s, random % connections, random >> 43 & 1);
    write_segment(&s, n);
  }
}

/* Connections from A+i to A−i, ports 0: their ends have one sum. */
static void write_chosen(long packets, long connections) {
  for (long n = 0; n < packets; n++) {
    uint32_t number = n % connections;
    int forward = n / connections % 2 == 0;
    struct segment s = {.source = forward ? 0x0a800000 + number : 0x0a800000 - number,
      .destination = forward ? 0x0a800000 - number : 0x0a800000 + number, .sequence = forward ? 1000 : 5000,
      .acknowledgment = forward ? 5000 : 1000, .flags = ACK, .value = n / 1000 + 1, .echo = n / 1000 + 1, .window = 512,
      .identification = n};
    write_segment(&s, n);
  }
}

/* Whether `variant` is a flood, which then is written. */
static int write_flood(long packets, long connections, const char *variant) {
  if (!strcmp(variant, "flood-syn")) write_syns(packets);
  else if (!strcmp(variant, "flood-single")) write_single_packets(packets);
  else if (!strcmp(variant, "flood-again")) write_conversations(packets, 0);
  else if (!strcmp(variant, "flood-probe")) write_conversations(packets, 1);
  else if (!strcmp(variant, "flood-one")) write_probes(packets, 512);
  else if (!strcmp(variant, "flood-window")) write_probes(packets, 0);
  else if (!strcmp(variant, "flood-disorder")) write_disorder(packets);
  else if (!strcmp(variant, "flood-icmp")) write_icmp(packets);
  else if (!strcmp(variant, "flood-flags")) write_flags(packets, connections);
  else if (!strcmp(variant, "flood-chosen")) write_chosen(packets, connections);
  else return 0;
  return 1;
}
