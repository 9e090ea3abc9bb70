/* Programs that this one starts, and what they inherit: standard input, output and error. */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/close_range.h, from Linux 5.11 on. */
#define CLOSE_RANGE_CLOEXEC_FLAG 4u

void linux_open_standard_descriptors(void) {
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
  }
}

void linux_keep_descriptors_from_programs(void) {
  if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC_FLAG) == 0) return;
  long limit = sysconf(_SC_OPEN_MAX);
  for (int descriptor = 3; descriptor < limit; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

int linux_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

int linux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

pid_t linux_start_program(const char *path, char *const arguments[], uid_t user, gid_t group) {
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) < 0) return -1;
  pid_t child = fork();
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    linux_keep_descriptors_from_programs();
    if (user == 0 || linux_become(user, group) == 0) execv(path, arguments);
    int code = errno;
    ssize_t written = write(failure[1], &code, sizeof code);
    _exit(written == sizeof code ? 127 : 126);
  }
  close(failure[1]);
  int code = 0;
  int error = child < 0 ? errno : 0;
  ssize_t told;
  do told = read(failure[0], &code, sizeof code);
  while (told < 0 && errno == EINTR);
  if (child > 0 && told == sizeof code) {
    waitpid(child, NULL, 0);
    child = -1;
    error = code;
  }
  close(failure[0]);
  if (child < 0) errno = error;
  return child;
}

/* Sends the signals whose numbers arrive as octets on standard input, to its end. */
static _Noreturn void pass_signals(pid_t process) {
  unsigned char number;
  while (read(STDIN_FILENO, &number, 1) == 1) kill(process, number);
  _exit(0);
}

int linux_start_signaller(pid_t process) {
  int numbers[2];
  if (pipe2(numbers, O_CLOEXEC) < 0) return -1;
  pid_t child = fork();
  if (child == 0) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    /* It parses nothing, and has nothing but this pipe. */
    if (dup2(numbers[0], STDIN_FILENO) < 0) _exit(1);
    long limit = sysconf(_SC_OPEN_MAX);
    if (syscall(SYS_close_range, 1u, ~0u, 0u) < 0) {
      for (int descriptor = 1; descriptor < limit; descriptor++) close(descriptor);
    }
    pass_signals(process);
  }
  int error = errno;
  close(numbers[0]);
  if (child < 0) {
    close(numbers[1]);
    errno = error;
    return -1;
  }
  fcntl(numbers[1], F_SETFL, O_NONBLOCK);
  return numbers[1];
}
