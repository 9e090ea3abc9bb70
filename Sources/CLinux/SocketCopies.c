/* Options of other programs' sockets, read from copies of their descriptors, and the process that does it.

   A copy is the open socket itself: as long as it exists, the program's close() sends no FIN, and its epoll goes on reporting the
   descriptor (pidfd_getfd(2) is as dup(2)). So there is one copy at a time, and between its making and its end stands no call that
   may wait: fstat() and these options take no lock of the socket (net/ipv4/tcp.c, do_tcp_getsockopt). SO_ERROR, which is
   cleared by being read, is not read. */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* asm-generic/unistd.h; the C library's header may be older. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

int linux_open_process(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

static int64_t nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int option(int descriptor, int level, int name, int *value) {
  socklen_t length = sizeof *value;
  return getsockopt(descriptor, level, name, value, &length);
}

static int read_settings(int descriptor, uint64_t inode, struct linux_socket_settings *settings) {
  struct stat status;
  if (fstat(descriptor, &status) < 0) return -1;
  if (!S_ISSOCK(status.st_mode) || status.st_ino != inode) {
    errno = ESTALE;
    return -1;
  }
  if (option(descriptor, SOL_SOCKET, SO_KEEPALIVE, &settings->keepalive) < 0) return -1;
  if (option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &settings->idle) < 0) return -1;
  if (option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &settings->interval) < 0) return -1;
  if (option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &settings->count) < 0) return -1;
  return option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &settings->user_timeout);
}

/* The scheduler takes the processor away after some milliseconds, and that is not to be while a copy is held: so it is given away
   before, when some of them have passed. */
static void begin_slice(void) {
  static const int64_t longest_run = 500000;
  static int64_t last;
  if (nanoseconds() - last < longest_run) return;
  sched_yield();
  last = nanoseconds();
}

/* Whether a descriptor is that socket still. A copy of a file may wait for whoever serves the file system when it is closed, so
   nothing but a socket is to be copied; what changes between this look and the copy can only be made to wait by that process. */
static int is_socket(pid_t process, int descriptor, uint64_t inode) {
  char path[64], target[64], wanted[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)process, descriptor);
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length < 0) return errno == EACCES || errno == EPERM ? -1 : 0;
  target[length] = 0;
  snprintf(wanted, sizeof wanted, "socket:[%llu]", (unsigned long long)inode);
  return !strcmp(target, wanted);
}

int linux_copy_settings(int process, pid_t number, int descriptor, uint64_t inode, struct linux_socket_settings *settings) {
  if (is_socket(number, descriptor, inode) == 0) {
    errno = ESTALE;
    return -1;
  }
  begin_slice();
  int64_t began = nanoseconds();
  int copy = (int)syscall(SYS_pidfd_getfd, process, descriptor, 0);
  if (copy < 0) return -1;
  int result = read_settings(copy, inode, settings);
  int error = errno;
  close(copy);
  settings->held = nanoseconds() - began;
  errno = error;
  return result;
}

int linux_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

/* Standard input, output and error lead nowhere, so that what a library may print reaches neither a terminal nor a copy. */
static int keep_only(int channel) {
  int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0) return -1;
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    if (dup2(nowhere, descriptor) < 0) return -1;
  }
  if (dup2(channel, LINUX_HELPER_CHANNEL) < 0) return -1;
  if (syscall(SYS_close_range, LINUX_HELPER_CHANNEL + 1u, ~0u, 0u) == 0) return 0;
  long limit = sysconf(_SC_OPEN_MAX);
  for (int other = LINUX_HELPER_CHANNEL + 1; other < limit; other++) close(other);
  return 0;
}

/* A session of its own, so that no terminal can stop it; every signal blocked; no capability but those in `kept`. */
static int seclude(uint64_t kept) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  if (setsid() < 0) return -1;
  return linux_give_up_privileges(geteuid(), getegid(), linux_permitted_capabilities(kept));
}

static _Noreturn void help(int channel, pid_t guard, void (*body)(void)) {
  if (keep_only(channel) < 0) _exit(1);
  /* Without CAP_SYS_PTRACE, as in most containers, a process may look into those that have no capability which it lacks itself
     (security/commoncap.c, cap_ptrace_access_check): then it keeps what it has. */
  int looks_anywhere = linux_permitted_capabilities(1u << CAP_SYS_PTRACE) != 0;
  if (seclude(looks_anywhere ? LINUX_LOOKING : ~UINT64_C(0)) < 0) _exit(1);
  /* After the change of privileges, which forgets it (prctl(2)). */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != guard) _exit(1);
  body();
  _exit(0);
}

/* SIGSTOP cannot be blocked, and a helper that is stopped may hold a copy: its guard ends it at once. The guard is of the same user,
   which the process that asks is no longer, and has nothing but this child. */
static _Noreturn void guard(int channel, void (*body)(void)) {
  pid_t self = getpid();
  pid_t child = fork();
  if (child == 0) help(channel, self, body);
  if (child < 0 || keep_only(channel) < 0 || close(LINUX_HELPER_CHANNEL) < 0 || seclude(0) < 0) {
    if (child > 0) kill(child, SIGKILL);
    _exit(1);
  }
  int status;
  while (waitpid(child, &status, WUNTRACED) < 0 && errno == EINTR) {}
  if (!WIFSTOPPED(status)) _exit(0);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  _exit(LINUX_HELPER_WAS_STOPPED);
}

pid_t linux_start_helper(void (*body)(void), int *channel) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return -1;
  pid_t child = fork();
  if (child == 0) guard(ends[1], body);
  int error = errno;
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    errno = error;
    return -1;
  }
  *channel = ends[0];
  return child;
}
