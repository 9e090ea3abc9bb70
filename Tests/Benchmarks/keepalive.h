/* Connections that are probed about once a minute each by their clients, as Linux does it.

   They are opened one after the other within the first minute, and have one exchange of data. Then come their rounds, each a
   probe and its answer, or data and its acknowledgment. The timer starts at what the client last heard
   (net/ipv4/tcp_timer.c, tcp_keepalive_timer); an unanswered probe is repeated by the same timer. It is late by up to 4 ms,
   so that connections are probed in about the order in which they were opened.

   Where they are shuffled, the data is exchanged at a time of each one's own in the second minute, and the timer is late by
   up to 2048 ms, as a minute's is on the timer wheel (kernel/time/timer.c, HZ=250): they are probed in any order.

   Where packets are lost, a half of them are lost before they are captured, the others behind; never of a handshake. */
#include "packets.h"

enum { SERVER, CLIENT };
enum { PATH = 300, RETRANSMISSION = 200000, MINUTE = 60000000, DATA = 20 };

/* SND.NXT, RCV.NXT, TS.Recent (RFC 7323 §4.3), and the identification of the next packet. */
struct end { uint32_t next, expected, recent; uint16_t identification; };
struct keepalive { struct end ends[2]; uint32_t rounds, clock; };

enum step { OPEN, ACCEPT, ESTABLISH, ROUND, SEND_DATA, SEND_DATA_AGAIN, ACKNOWLEDGE, ANSWER, COPY };
struct event { uint64_t time; uint32_t connection; uint8_t step, from; };

static struct keepalive *keepalives;
static int is_lossy, is_shuffled;
static unsigned long probes, answers;

/* What is still to happen, the next first: a heap. */
static struct event *events;
static uint32_t waiting;

static void schedule(uint64_t time, uint32_t connection, enum step step, int from) {
  uint32_t place = ++waiting;
  for (; place > 1 && events[place / 2].time > time; place /= 2) events[place] = events[place / 2];
  events[place] = (struct event){time, connection, step, from};
}

static struct event next_event(void) {
  struct event first = events[1], last = events[waiting--];
  uint32_t place = 1, child;
  while ((child = 2 * place) <= waiting) {
    if (child < waiting && events[child + 1].time < events[child].time) child++;
    if (events[child].time >= last.time) break;
    events[place] = events[child], place = child;
  }
  events[place] = last;
  return first;
}

static struct segment copies[256]; /* more than are on their way at once */

/* Sends a segment at SND.NXT − `below`; whether it arrived is returned, whether it was captured put into `is_captured`. */
static int transmit(const struct event *e, uint8_t flags, uint32_t payload, uint32_t below, int *is_captured) {
  struct keepalive *k = &keepalives[e->connection];
  struct end *own = &k->ends[e->from], *peer = &k->ends[!e->from];
  struct segment s = {.sequence = own->next - below, .acknowledgment = own->expected, .payload = payload, .flags = flags,
    .value = k->clock + e->time / 1000 + e->from * 0x5bd1e995u, .echo = own->recent, .window = 512,
    .identification = own->identification++, .is_unfragmentable = 1};
  address(&s, e->connection, e->from == CLIENT);
  uint32_t length = payload + (flags & SYN ? 1 : 0);
  if (!below) own->next += length;
  uint64_t chance = is_lossy && e->step >= ROUND ? next_random() % 400 : 400;
  int is_lost = chance < 4, is_seen = chance >= 2, is_twice = chance >= 4 && chance < 8;
  if (is_captured) *is_captured = is_seen;
  if (is_seen) write_segment(&s, e->time);
  if (is_twice) {
    static uint8_t number;
    copies[number] = s;
    schedule(e->time + 2 + next_random() % 30, number++, COPY, 0);
  }
  if (is_lost) return 0;
  /* What lies below the window is not accepted and sets no TS.Recent (RFC 9293 §3.10.7.4, RFC 7323 §5.3). */
  if (flags & SYN) peer->expected = s.sequence;
  if (s.sequence == peer->expected) peer->expected += length, peer->recent = s.value;
  return 1;
}

static void finish_round(const struct event *e) {
  struct keepalive *k = &keepalives[e->connection];
  if (k->rounds-- > 0) schedule(e->time + MINUTE + next_random() % (is_shuffled ? 2048000 : 4000), e->connection, ROUND, CLIENT);
}

static void handle(const struct event *e, int is_mixed) {
  uint32_t c = e->connection;
  uint64_t later = e->time + PATH - 50 + next_random() % 100;
  int is_captured, is_here;
  switch ((enum step)e->step) {
    case OPEN:
      transmit(e, SYN, 0, 0, NULL);
      schedule(later, c, ACCEPT, SERVER);
      break;
    case ACCEPT:
      transmit(e, SYN | ACK, 0, 0, NULL);
      schedule(e->time + 20, c, ESTABLISH, CLIENT);
      break;
    case ESTABLISH:
      transmit(e, ACK, 0, 0, NULL);
      schedule(is_shuffled ? MINUTE + 1000000 + next_random() % MINUTE : e->time + 1000, c, SEND_DATA, CLIENT);
      break;
    case SEND_DATA:
    case SEND_DATA_AGAIN:
      is_here = transmit(e, PSH | ACK, DATA, e->step == SEND_DATA ? 0 : DATA, NULL);
      if (is_here) schedule(later, c, ACKNOWLEDGE, !e->from);
      else schedule(e->time + RETRANSMISSION, c, SEND_DATA_AGAIN, e->from);
      break;
    case ACKNOWLEDGE:
      if (transmit(e, ACK, 0, 0, NULL)) finish_round(e);
      else schedule(e->time + RETRANSMISSION, c, SEND_DATA_AGAIN, !e->from);
      break;
    case ROUND:
      if (is_mixed && next_random() % 3 == 0) {
        schedule(e->time, c, SEND_DATA, next_random() % 2 ? CLIENT : SERVER);
        break;
      }
      is_here = transmit(e, ACK, 0, 1, &is_captured);
      probes += is_captured;
      if (is_here) schedule(later, c, ANSWER, SERVER);
      else finish_round(e);
      break;
    case ANSWER:
      transmit(e, ACK, 0, 0, &is_captured);
      answers += is_captured;
      finish_round(e);
      break;
    case COPY:
      write_segment(&copies[c], e->time);
      break;
  }
}

/* Five packets open a connection and exchange data, two are a round. */
static void write_keepalives(long packets, long connections, const char *variant) {
  is_lossy = !strcmp(variant, "lossy");
  is_shuffled = !strcmp(variant, "shuffled");
  int is_mixed = is_lossy || is_shuffled || !strcmp(variant, "mixed");
  keepalives = calloc(connections, sizeof *keepalives);
  events = calloc(connections + 257, sizeof *events);
  for (long n = 0; n < connections; n++) {
    struct keepalive *k = &keepalives[n];
    k->rounds = (packets / connections - 5) / 2;
    k->clock = next_random();
    for (int from = SERVER; from <= CLIENT; from++) k->ends[from].next = next_random(), k->ends[from].identification = next_random();
    schedule((uint64_t)MINUTE * n / connections, n, OPEN, CLIENT);
  }
  while (waiting) {
    struct event e = next_event();
    handle(&e, is_mixed);
  }
  printf("%lu packets, %lu probes, %lu answers\n", written, probes, answers);
}
