/* Writes packets into a capture: Ethernet, IPv4 or IPv6, and TCP with the timestamps option, or UDP of the same length. */
#ifndef PACKETS_H
#define PACKETS_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10, URG = 0x20 };

struct segment {
  uint32_t source, destination; /* IPv4 addresses, or the last 32 bits of IPv6 ones */
  uint16_t source_port, destination_port;
  uint32_t sequence, acknowledgment, payload, value, echo; /* value and echo: the timestamps option */
  uint16_t window, identification;
  uint8_t flags, is_udp, is_ipv6, is_unfragmentable;
};

static FILE *file;
static int is_pcapng;
static unsigned long written;

static void put16(uint8_t *p, uint16_t v) { p[0] = v >> 8; p[1] = v; }
static void put32(uint8_t *p, uint32_t v) { put16(p, v >> 16); put16(p + 2, v); }

/* The next of a sequence of numbers that is the same in each run (xorshift64, G. Marsaglia 2003). */
static uint64_t next_random(void) {
  static uint64_t random = 88172645463325252ull;
  random ^= random << 13, random ^= random >> 7, random ^= random << 17;
  return random;
}

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

/* A packet captured `time` microseconds after the capture's beginning. */
static void write_packet(const uint8_t *packet, uint32_t length, uint64_t time) {
  written++;
  if (is_pcapng) {
    time += 1700000000000000ull;
    uint32_t padded = (length + 3) & ~3u, total = 32 + padded, zero = 0;
    uint32_t header[] = {6, total, 0, time >> 32, time, length, length};
    fwrite(header, sizeof header, 1, file);
    fwrite(packet, length, 1, file);
    fwrite(&zero, padded - length, 1, file);
    fwrite(&total, sizeof total, 1, file);
  } else {
    uint32_t header[] = {1700000000 + time / 1000000, time % 1000000, length, length};
    fwrite(header, sizeof header, 1, file);
    fwrite(packet, length, 1, file);
  }
}

enum { LONGEST = 86 + 2048 };

/* Makes the packet of a segment; returns its length. */
static uint32_t make_packet(uint8_t packet[LONGEST], const struct segment *s) {
  memset(packet, 0, LONGEST);
  uint8_t *ip = packet + 14, *tcp, protocol = s->is_udp ? 17 : 6;
  if (s->is_ipv6) {
    put16(packet + 12, 0x86dd);
    ip[0] = 0x60, ip[6] = protocol, ip[7] = 64;
    put16(ip + 4, 32 + s->payload);
    put32(ip + 8, 0x20010db8), put32(ip + 24, 0x20010db8);
    put32(ip + 20, s->source), put32(ip + 36, s->destination);
    tcp = ip + 40;
  } else {
    put16(packet + 12, 0x0800);
    ip[0] = 0x45, ip[6] = s->is_unfragmentable ? 0x40 : 0, ip[8] = 64, ip[9] = protocol;
    put16(ip + 2, 52 + s->payload), put16(ip + 4, s->identification);
    put32(ip + 12, s->source), put32(ip + 16, s->destination);
    tcp = ip + 20;
  }
  put16(tcp, s->source_port), put16(tcp + 2, s->destination_port);
  put32(tcp + 4, s->sequence);
  if (s->flags & ACK) put32(tcp + 8, s->acknowledgment);
  tcp[12] = 0x80, tcp[13] = s->flags;
  put16(tcp + 14, s->window);
  put32(tcp + 20, 0x0101080a), put32(tcp + 24, s->value), put32(tcp + 28, s->echo);
  return tcp + 32 - packet + s->payload;
}

static void write_segment(const struct segment *s, uint64_t time) {
  uint8_t packet[LONGEST];
  uint32_t length = make_packet(packet, s);
  write_packet(packet, length, time);
}

/* The addresses and ports of connection `number`, sent forward by its client or back by its server. */
static void address(struct segment *s, uint32_t number, int forward) {
  uint32_t client = 0x0a000000 + number / 40000, server = 0x0a800001;
  uint16_t port = 20000 + number % 40000;
  s->source = forward ? client : server, s->destination = forward ? server : client;
  s->source_port = forward ? port : 443, s->destination_port = forward ? 443 : port;
}
#endif
