/* Writes a pcap file: generate FILE PACKETS CONNECTIONS PAYLOAD OTHER
   Each connection is a plain conversation: data one way, acknowledgments the other, all in order. No keepalive. Of 100
   packets OTHER are UDP, of the same length. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct connection { uint32_t sent, step; };

static void put16(uint8_t *p, uint16_t v) { p[0] = v >> 8; p[1] = v; }
static void put32(uint8_t *p, uint32_t v) { put16(p, v >> 16); put16(p + 2, v); }

int main(int count, char **words) {
  if (count != 6) return fprintf(stderr, "usage: generate FILE PACKETS CONNECTIONS PAYLOAD OTHER\n"), 64;
  FILE *file = fopen(words[1], "wb");
  long packets = atol(words[2]), connections = atol(words[3]), payload = atol(words[4]), other = atol(words[5]);
  struct connection *all = calloc(connections, sizeof *all);
  uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
  fwrite(header, sizeof header, 1, file);
  uint8_t frame[16 + 66 + 2048];
  uint64_t random = 88172645463325252ull;
  for (long n = 0; n < packets; n++) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    long index = random % connections;
    struct connection *c = &all[index];
    int is_udp = (long)(random >> 32) % 100 < other;
    int forward = is_udp ? 1 : c->step++ % 2 == 0;
    uint32_t data = forward ? payload : 0;
    uint8_t *e = frame + 16, *ip = e + 14, *tcp = ip + 20;
    memset(frame, 0, sizeof frame);
    uint32_t record[4] = {1700000000 + n / 1000000, n % 1000000, 66 + data, 66 + data};
    memcpy(frame, record, sizeof record);
    put16(e + 12, 0x0800);
    ip[0] = 0x45, ip[8] = 64, ip[9] = 6;
    put16(ip + 2, 52 + data), put16(ip + 4, n);
    uint32_t client = 0x0a000000 + index / 40000, server = 0x0a800001;
    uint16_t port = 20000 + index % 40000;
    put32(ip + 12, forward ? client : server), put32(ip + 16, forward ? server : client);
    put16(tcp, forward ? port : 443), put16(tcp + 2, forward ? 443 : port);
    put32(tcp + 4, forward ? 1000 + c->sent : 5000), put32(tcp + 8, forward ? 5000 : 1000 + c->sent);
    if (forward && !is_udp) c->sent += data;
    tcp[12] = 0x80, tcp[13] = 0x10;
    put16(tcp + 14, 512);
    put32(tcp + 20, 0x0101080a), put32(tcp + 24, n / 1000), put32(tcp + 28, n / 1000);
    if (is_udp) ip[9] = 17;
    fwrite(frame, 16 + 66 + data, 1, file);
  }
  return fclose(file);
}
