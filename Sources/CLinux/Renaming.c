/* A process that gives a file its name at the end, with the rights that this one has now. */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An error's number fits the eight bits of an exit status. */
static _Noreturn void rename_when_told(const char *from, const char *to) {
  unsigned char told;
  ssize_t count;
  do count = read(STDIN_FILENO, &told, 1);
  while (count < 0 && errno == EINTR);
  int error = count == 1 && rename(from, to) < 0 ? errno : 0;
  if (count != 1 || error) unlink(from);
  _exit(error);
}

pid_t linux_start_renamer(const char *from, const char *to, int *order) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -1;
  pid_t child = fork();
  if (child == 0) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    /* It reads nothing but this pipe. */
    if (dup2(ends[0], STDIN_FILENO) < 0) _exit(errno);
    long limit = sysconf(_SC_OPEN_MAX);
    if (syscall(SYS_close_range, 1u, ~0u, 0u) < 0) {
      for (int descriptor = 1; descriptor < limit; descriptor++) close(descriptor);
    }
    rename_when_told(from, to);
  }
  int error = errno;
  close(ends[0]);
  if (child < 0) {
    close(ends[1]);
    errno = error;
    return -1;
  }
  *order = ends[1];
  return child;
}
