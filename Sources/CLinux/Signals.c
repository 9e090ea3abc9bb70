#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* What handlers share with the program. It has one thread. */
static volatile sig_atomic_t ends_in_order, noted, screen_is_taken, screen_is_shown, screen_is_stale;
static volatile pid_t program;
/* Where signals for the program are written, where this process may not send them (linux_start_signaller()); else -1. */
static volatile int program_signaller = -1;
static int wake = -1;
static struct termios terminal_before, terminal_keys;

static void catch(int number, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

static int is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void change_mask(int how, int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  sigprocmask(how, &set, NULL);
}

static void awake(void) {
  uint64_t one = 1;
  if (wake >= 0 && write(wake, &one, sizeof one) < 0) return; /* Full: it is readable already. */
}

/* ---- The screen ---- */

/* xterm's control sequences: the other buffer, the cursor. */
static const char show_sequence[] = "\033[?1049h\033[?25l";
static const char leave_sequence[] = "\033[?25h\033[?1049l";

/* A terminal that does not control this session belongs to nobody else. */
static int is_in_foreground(void) {
  pid_t group = tcgetpgrp(STDIN_FILENO);
  return group < 0 || group == getpgrp();
}

/* In the background the terminal is another's: to touch it would stop this program. */
static void show_screen(void) {
  if (!screen_is_taken) return;
  screen_is_shown = 0;
  screen_is_stale = 1;
  awake();
  if (!is_in_foreground()) return;
  tcsetattr(STDIN_FILENO, TCSANOW, &terminal_keys);
  if (write(STDOUT_FILENO, show_sequence, sizeof show_sequence - 1) > 0) screen_is_shown = 1;
}

/* Never waits for a terminal that takes nothing: what it has not taken yet is thrown away. */
static void hide_screen(void) {
  if (!screen_is_shown || !is_in_foreground()) return;
  screen_is_shown = 0;
  tcflow(STDOUT_FILENO, TCOON);
  struct pollfd terminal = {.fd = STDOUT_FILENO, .events = POLLOUT};
  if (poll(&terminal, 1, 0) == 0) tcflush(STDOUT_FILENO, TCOFLUSH);
  if (poll(&terminal, 1, 0) == 1 && write(STDOUT_FILENO, leave_sequence, sizeof leave_sequence - 1) < 0) errno = 0;
  tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
}

static void handle_stop(int number, siginfo_t *info, void *context) {
  (void)info, (void)context;
  int error = errno;
  hide_screen();
  signal(number, SIG_DFL);
  raise(number);
  change_mask(SIG_UNBLOCK, number); /* Here it stops, unless its process group is orphaned. */
  catch(number, handle_stop, SA_RESTART);
  show_screen();
  errno = error;
}

static void handle_continue(int number, siginfo_t *info, void *context) {
  (void)number, (void)info, (void)context;
  int error = errno;
  show_screen();
  errno = error;
}

static void handle_resize(int number, siginfo_t *info, void *context) {
  (void)number, (void)info, (void)context;
  int error = errno;
  screen_is_stale = 1;
  awake();
  errno = error;
}

static void handle_death(int number, siginfo_t *info, void *context) {
  (void)info, (void)context;
  hide_screen();
  linux_end_by_signal(number);
}

int linux_take_screen(void) {
  static const int deadly[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR, SIGSTKFLT, SIGXCPU,
                               SIGSEGV, SIGBUS,  SIGILL,  SIGFPE,    SIGABRT, SIGTRAP, SIGSYS};
  if (tcgetattr(STDIN_FILENO, &terminal_before) < 0) return -1;
  terminal_keys = terminal_before;
  terminal_keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  terminal_keys.c_cc[VMIN] = 0;
  terminal_keys.c_cc[VTIME] = 0;
  if (tcsetattr(STDIN_FILENO, TCSANOW, &terminal_keys) < 0) return -1;
  screen_is_taken = 1;
  if (!is_ignored(SIGTSTP)) catch(SIGTSTP, handle_stop, SA_RESTART);
  catch(SIGCONT, handle_continue, SA_RESTART);
  catch(SIGWINCH, handle_resize, SA_RESTART);
  for (size_t index = 0; index < sizeof deadly / sizeof *deadly; index++) {
    if (!is_ignored(deadly[index])) catch(deadly[index], handle_death, 0);
  }
  show_screen();
  return 0;
}

void linux_leave_screen(void) {
  if (!screen_is_taken) return;
  screen_is_taken = 0;
  hide_screen();
  if (!is_ignored(SIGTSTP)) signal(SIGTSTP, SIG_DFL);
  signal(SIGCONT, SIG_DFL);
  signal(SIGWINCH, SIG_DFL);
}

int linux_screen_is_ours(void) {
  if (!is_in_foreground()) return 0;
  if (!screen_is_shown) show_screen();
  return 1;
}

int linux_screen_is_stale(void) {
  int is_stale = screen_is_stale;
  screen_is_stale = 0;
  return is_stale;
}

/* ---- The signals that end a program ---- */

void linux_end_by_signal(int number) {
  signal(number, SIG_DFL);
  change_mask(SIG_UNBLOCK, number);
  raise(number);
  _exit(128 + number); /* Process 1 of a container outlives its own signals. */
}

/* Its number is its own as long as nobody has waited for it, also after its end. */
static int is_running(pid_t child) {
  siginfo_t end = {0};
  return child > 0 && waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == 0;
}

static void pass(int number) {
  if (program_signaller < 0) {
    kill(program, number);
    return;
  }
  unsigned char octet = (unsigned char)number;
  if (write(program_signaller, &octet, 1) < 0) return; /* Who would send it has been killed. */
}

static void handle_end(int number, siginfo_t *info, void *context) {
  (void)context;
  int error = errno;
  if (is_running(program)) {
    if (info->si_code <= 0) pass(number);
  } else if (ends_in_order && !noted && number != SIGQUIT) {
    noted = number;
    awake();
  } else {
    hide_screen();
    linux_end_by_signal(number);
  }
  errno = error;
}

static void handle_failing_write(int number, siginfo_t *info, void *context) {
  (void)number, (void)info, (void)context;
}

void linux_catch_signals(void) {
  static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  static const int failing[] = {SIGPIPE, SIGXFSZ};
  for (size_t index = 0; index < sizeof ending / sizeof *ending; index++) {
    if (is_ignored(ending[index])) continue;
    catch(ending[index], handle_end, 0);
    change_mask(SIG_UNBLOCK, ending[index]);
  }
  /* Caught, not ignored: what is ignored stays so in the programs that are started. */
  for (size_t index = 0; index < sizeof failing / sizeof *failing; index++) {
    if (!is_ignored(failing[index])) catch(failing[index], handle_failing_write, SA_RESTART);
  }
}

int linux_end_in_order(void) {
  if (wake < 0) wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return -1;
  ends_in_order = 1;
  catch(SIGINT, handle_end, 0);
  catch(SIGTERM, handle_end, 0);
  change_mask(SIG_UNBLOCK, SIGINT);
  change_mask(SIG_UNBLOCK, SIGTERM);
  return wake;
}

void linux_pass_signals(pid_t child, int signaller) {
  program_signaller = signaller;
  program = child;
  /* One that was noted since the program was started is the program's. */
  int number = noted;
  noted = 0;
  if (number && is_running(program)) pass(number);
}

int linux_noted_signal(void) { return noted; }

void linux_drain_signals(void) {
  uint64_t count;
  if (read(wake, &count, sizeof count) < 0) return; /* Nothing came. */
}

/* ---- Reading and writing ---- */

static int64_t milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

ssize_t linux_read(int descriptor, void *octets, size_t count) {
  static int64_t end;
  for (;;) {
    if (noted) {
      int64_t now = milliseconds();
      if (end == 0) end = now + 300;
      struct pollfd readable = {.fd = descriptor, .events = POLLIN};
      if (now >= end || poll(&readable, 1, (int)(end - now)) == 0) return 0;
    }
    ssize_t result = read(descriptor, octets, count);
    if (result >= 0 || errno != EINTR) return result;
  }
}

ssize_t linux_write(int descriptor, const void *octets, size_t count) {
  int noted_before = noted;
  size_t done = 0;
  while (done < count) {
    ssize_t written = write(descriptor, (const char *)octets + done, count - done);
    if (written > 0) done += (size_t)written;
    if (written == 0) errno = ENOSPC; /* No room, and no word of it: some file systems do so. */
    if (written < 0 && errno == EAGAIN) {
      /* Another program has made it non-blocking. */
      struct pollfd writable = {.fd = descriptor, .events = POLLOUT};
      poll(&writable, 1, -1);
    } else if (written <= 0 && errno != EINTR) {
      break;
    }
    /* A write to a stalled reader that a signal interrupts may have written some. */
    if (done < count && noted != noted_before) {
      errno = EINTR;
      break;
    }
  }
  return (ssize_t)done;
}
