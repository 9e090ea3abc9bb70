/* Signals, and what they must find in order: the terminal and what is being written. All of it is C, because a handler may call
   only what signal-safety(7) lists, and of its runtime Swift promises no such thing. docs/signals.md tells what a user sees. */
#pragma once

#include <sys/types.h>

/* From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT put the terminal back, and then do what they do by default; one that was
   ignored when this program began stays ignored. SIGPIPE and SIGXFSZ end nothing any more: write() fails instead, with EPIPE or
   EFBIG. Programs that are started have all of them as they were. */
void linux_catch_signals(void);

/* From here on the first SIGINT, SIGTERM or SIGHUP is only noted; what comes after it ends the program at once. SIGINT and
   SIGTERM are taken also where they were ignored, as tcpdump takes them: shells ignore SIGINT for what they put in the
   background. Returns a descriptor that becomes readable when a signal was noted, or the screen is to be drawn anew; or -1 and
   errno. */
int linux_end_in_order(void);

/* As long as process `child` has not ended, signals are for it: those that a process sent are passed on, those of the terminal
   have reached it already. One that was noted before is passed on, too. They go through `signaller`, the pipe of
   linux_start_signaller(), where it is not -1. */
void linux_pass_signals(pid_t child, int signaller);

/* The signal that was noted; 0 before. */
int linux_noted_signal(void);

/* Makes the descriptor of linux_end_in_order unreadable again. */
void linux_drain_signals(void);

/* Ends this program by a signal, as if it had never been caught. */
_Noreturn void linux_end_by_signal(int number);

/* Writes octets, all of them where nothing hinders. Returns how many were written; where these are fewer, errno says why: EINTR
   stands for a signal that was noted meanwhile. */
ssize_t linux_write(int descriptor, const void *octets, size_t count);

/* Reads octets, as read() does. Once a signal was noted, what is on its way is still read, for at most 0.3 s: the program that
   writes them may have got the same signal, and hand over its last ones. After that this is the end: 0. */
ssize_t linux_read(int descriptor, void *octets, size_t count);

/* Makes a screen of the terminal that standard input and output are: its other buffer, without a cursor; keys are read one by
   one and not shown. Whenever a signal stops or ends this program, what stood there comes back before. Returns 0, or -1. */
int linux_take_screen(void);

/* Puts back what stood on the terminal. */
void linux_leave_screen(void);

/* Whether the screen may be drawn now: not while this program is in the background. */
int linux_screen_is_ours(void);

/* Whether the whole screen is to be drawn anew, since the last call: its size has changed, or something else stood there. */
int linux_screen_is_stale(void);
