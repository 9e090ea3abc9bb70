/* small-segments SECONDS RATE: sends ten octets at a time over a connection on lo, RATE times a second: as many segments. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
  if (count < 3) return 64;
  const double seconds = atof(arguments[1]), rate = atof(arguments[2]);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(5003), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0) return 1;
  if (fork() == 0) {
    static char buffer[65536];
    int receiver = accept(listener, NULL, NULL);
    while (read(receiver, buffer, sizeof buffer) > 0) usleep(200);
    _exit(0);
  }
  int sender = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(sender, (struct sockaddr *)&address, sizeof address) < 0) return 1;
  setsockopt(sender, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const double start = now();
  for (long sent = 0; now() - start < seconds; usleep(500)) {
    for (const long due = (long)((now() - start) * rate); sent < due; sent++)
      if (send(sender, "0123456789", 10, 0) < 0) return 1;
  }
  close(sender);
  wait(NULL);
  return 0;
}
