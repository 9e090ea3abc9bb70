#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int linux_unshare_network(int with_user) { return unshare(CLONE_NEWNET | (with_user ? CLONE_NEWUSER : 0)); }

static int change_loopback(int is_up) {
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  int result = ioctl(descriptor, SIOCGIFFLAGS, &request);
  if (result == 0) {
    request.ifr_flags = is_up ? request.ifr_flags | IFF_UP | IFF_RUNNING : request.ifr_flags & ~IFF_UP;
    result = ioctl(descriptor, SIOCSIFFLAGS, &request);
  }
  close(descriptor);
  return result;
}

int linux_interface_flags(unsigned index) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  if (!if_indextoname(index, request.ifr_name)) return -1;
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  int result = ioctl(descriptor, SIOCGIFFLAGS, &request);
  close(descriptor);
  return result < 0 ? -1 : (unsigned short)request.ifr_flags;
}

int linux_bring_loopback_up(void) { return change_loopback(1); }

int linux_take_loopback_down(void) { return change_loopback(0); }

int linux_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

int linux_unacknowledged(int descriptor) {
  int octets = 0;
  return ioctl(descriptor, SIOCOUTQ, &octets) < 0 ? -1 : octets;
}

static int write_end(const struct sockaddr_storage *address, char *text) {
  char host[INET6_ADDRSTRLEN];
  if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6 *end = (const struct sockaddr_in6 *)address;
    if (!inet_ntop(AF_INET6, &end->sin6_addr, host, sizeof host)) return -1;
    return snprintf(text, LINUX_END_LENGTH, "[%s]:%u", host, ntohs(end->sin6_port)) < 0 ? -1 : 0;
  }
  const struct sockaddr_in *end = (const struct sockaddr_in *)address;
  if (!inet_ntop(AF_INET, &end->sin_addr, host, sizeof host)) return -1;
  return snprintf(text, LINUX_END_LENGTH, "%s:%u", host, ntohs(end->sin_port)) < 0 ? -1 : 0;
}

int linux_socket_ends(int descriptor, char *local, char *remote) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getsockname(descriptor, (struct sockaddr *)&address, &length) < 0 || write_end(&address, local) < 0) return -1;
  length = sizeof address;
  if (getpeername(descriptor, (struct sockaddr *)&address, &length) < 0) return -1;
  return write_end(&address, remote);
}

int linux_terminal_size(int descriptor, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) < 0 || size.ws_col == 0) return -1;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}
