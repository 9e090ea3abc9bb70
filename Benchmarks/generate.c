/* Writes a capture: generate FILE PACKETS CONNECTIONS PAYLOAD OTHER VARIANT
   Each connection is a plain conversation: data one way, acknowledgments the other, all in order. No keepalive. Of 100
   packets OTHER are UDP, of the same length. VARIANT: "pcap", "pcapng", "ipv6" (pcap, of IPv6), or "short" (pcap; each connection
   has eight packets from SYN to FIN, a thousand at a time, whatever CONNECTIONS and PAYLOAD say). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct connection { uint32_t number, step, sent, received; };

static FILE *file;
static int is_pcapng;

static void put16(uint8_t *p, uint16_t v) { p[0] = v >> 8; p[1] = v; }
static void put32(uint8_t *p, uint32_t v) { put16(p, v >> 16); put16(p + 2, v); }

static void write_file_header(void) {
  if (is_pcapng) {
    uint32_t section[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28};
    uint32_t interface[] = {1, 20, 1, 262144, 20};
    fwrite(section, sizeof section, 1, file);
    fwrite(interface, sizeof interface, 1, file);
  } else {
    uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
    fwrite(header, sizeof header, 1, file);
  }
}

/* The packet number `n`, a microsecond after the one before. */
static void write_packet(const uint8_t *packet, uint32_t length, long n) {
  if (is_pcapng) {
    uint64_t time = 1700000000000000ull + n;
    uint32_t padded = (length + 3) & ~3u, total = 32 + padded, zero = 0;
    uint32_t header[] = {6, total, 0, time >> 32, time, length, length};
    fwrite(header, sizeof header, 1, file);
    fwrite(packet, length, 1, file);
    fwrite(&zero, padded - length, 1, file);
    fwrite(&total, sizeof total, 1, file);
  } else {
    uint32_t header[] = {1700000000 + n / 1000000, n % 1000000, length, length};
    fwrite(header, sizeof header, 1, file);
    fwrite(packet, length, 1, file);
  }
}

/* What each step of a short connection is: SYN, SYN ACK, ACK, data, ACK, FIN, FIN, ACK. */
static const struct { int forward, flags, data; } SHORT[] = {
  {1, 0x02, 0}, {0, 0x12, 0}, {1, 0x10, 0}, {1, 0x18, 20}, {0, 0x10, 0}, {1, 0x11, 0}, {0, 0x11, 0}, {1, 0x10, 0}};

int main(int count, char **words) {
  if (count != 7) return fprintf(stderr, "usage: generate FILE PACKETS CONNECTIONS PAYLOAD OTHER VARIANT\n"), 64;
  file = fopen(words[1], "wb");
  long packets = atol(words[2]), connections = atol(words[3]), payload = atol(words[4]), other = atol(words[5]);
  is_pcapng = !strcmp(words[6], "pcapng");
  int is_ipv6 = !strcmp(words[6], "ipv6"), is_short = !strcmp(words[6], "short");
  long active = is_short ? 1000 : connections, begun = active;
  struct connection *all = calloc(active, sizeof *all);
  for (long n = 0; n < active; n++) all[n].number = n;
  write_file_header();
  uint8_t packet[86 + 2048];
  uint64_t random = 88172645463325252ull;
  for (long n = 0; n < packets; n++) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    struct connection *c = &all[random % active];
    int is_udp = (long)(random >> 32) % 100 < other;
    int forward = is_udp ? 1 : is_short ? SHORT[c->step].forward : c->step % 2 == 0;
    int flags = is_short ? SHORT[c->step].flags : 0x10;
    uint32_t data = is_short ? SHORT[c->step].data : forward ? payload : 0;
    if (!is_udp) c->step++;
    memset(packet, 0, sizeof packet);
    uint32_t client = 0x0a000000 + c->number / 40000, server = 0x0a800001;
    uint16_t port = 20000 + c->number % 40000;
    uint8_t *ip = packet + 14, *tcp;
    if (is_ipv6) {
      put16(packet + 12, 0x86dd);
      ip[0] = 0x60, ip[6] = is_udp ? 17 : 6, ip[7] = 64;
      put16(ip + 4, 32 + data);
      put32(ip + 8, 0x20010db8), put32(ip + 24, 0x20010db8);
      put32(ip + 20, forward ? client : server), put32(ip + 36, forward ? server : client);
      tcp = ip + 40;
    } else {
      put16(packet + 12, 0x0800);
      ip[0] = 0x45, ip[8] = 64, ip[9] = is_udp ? 17 : 6;
      put16(ip + 2, 52 + data), put16(ip + 4, n);
      put32(ip + 12, forward ? client : server), put32(ip + 16, forward ? server : client);
      tcp = ip + 20;
    }
    put16(tcp, forward ? port : 443), put16(tcp + 2, forward ? 443 : port);
    uint32_t fromClient = 1000 + c->sent, fromServer = 5000 + c->received;
    put32(tcp + 4, forward ? fromClient : fromServer);
    if (flags & 0x10) put32(tcp + 8, forward ? fromServer : fromClient);
    uint32_t *own = forward ? &c->sent : &c->received;
    if (!is_udp) *own += data + (flags & 3 ? 1 : 0);
    tcp[12] = 0x80, tcp[13] = flags;
    put16(tcp + 14, 512);
    put32(tcp + 20, 0x0101080a), put32(tcp + 24, n / 1000), put32(tcp + 28, n / 1000);
    write_packet(packet, tcp + 32 - packet + data, n);
    if (is_short && c->step == 8) memset(c, 0, sizeof *c), c->number = begun++;
  }
  return fclose(file);
}
