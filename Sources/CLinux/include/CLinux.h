/* The few Linux calls that Swift cannot spell: variadic ones, and those that Swift's Glibc module leaves out.
   Thin, without logic; errors are the calls' own: -1 and errno. */
#pragma once

#include "Signals.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/types.h>

/* unshare(CLONE_NEWNET), with CLONE_NEWUSER too where `with_user` is not 0. */
int linux_unshare_network(int with_user);

/* Brings the interface `lo` of the current network namespace up (SIOCSIFFLAGS). */
int linux_bring_loopback_up(void);

/* The flags (IFF_UP and the like) of the interface with a number, whatever its name is now; -1 where there is none. */
int linux_interface_flags(unsigned index);

/* Takes it down. */
int linux_take_loopback_down(void);

/* The columns and rows of the terminal that a descriptor is (TIOCGWINSZ). Returns 0, or -1 where it is none. */
int linux_terminal_size(int descriptor, int *columns, int *rows);

/* The kernel sends this process SIGKILL when its parent ends (PR_SET_PDEATHSIG). */
int linux_die_with_parent(void);

/* Octets of a TCP socket's send queue that are not acknowledged yet (SIOCOUTQ). */
int linux_unacknowledged(int descriptor);

/* The window that the peer of a TCP socket announced last, in octets (TCP_INFO, tcpi_snd_wnd). */
int linux_send_window(int descriptor);

/* Segments that came for a TCP socket (TCP_INFO, tcpi_segs_in); 0 where that is not known. */
unsigned linux_segments_received(int descriptor);

#define LINUX_END_LENGTH 64

/* The two ends of a connected TCP socket, "127.0.0.1:36828" or "[::1]:36828", each in LINUX_END_LENGTH octets. */
int linux_socket_ends(int descriptor, char *local, char *remote);

/* Becomes user `user` with the groups of `group`, for good; HOME, USER and LOGNAME are that user's then. Returns 0, or -1. */
int linux_become(uid_t user, gid_t group);

/* From here on root opens and makes files with the rights of `user`, of `group` and of that user's groups, and with no more.
   Returns 0, or -1; in either case linux_act_as_oneself() must follow. */
int linux_act_as(uid_t user, gid_t group);

/* Ends linux_act_as(). Where the kernel does not let it, the program is aborted. */
void linux_act_as_oneself(void);

/* Whether this process has any capability. */
int linux_has_capabilities(void);

/* Becomes user `user` with `group` and no other group, where it is not that user already, for good: without capabilities in any
   set, with none to be had from a program's file (PR_SET_NO_NEW_PRIVS), its descriptors out of other processes' reach
   (PR_SET_DUMPABLE). The capabilities of the mask `kept` stay. Looks whether all that is so. Returns 0, or -1. */
int linux_give_up_privileges(uid_t user, gid_t group, uint64_t kept);

/* The mask of CAP_NET_ADMIN. */
#define LINUX_NETWORK_ADMINISTRATION (1u << 12)

/* The mask of CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE. */
#define LINUX_LOOKING 0x80004u

/* Those of the capabilities in a mask that this process may have. */
uint64_t linux_permitted_capabilities(uint64_t wanted);

/* Lets no file that is opened later become standard input, output or error, where one of them was closed: reading and writing
   them fails as before. */
void linux_open_standard_descriptors(void);

/* Marks every descriptor but standard input, output and error close-on-exec: those that libraries opened, and those that this
   program was given. */
void linux_keep_descriptors_from_programs(void);

/* accept(2) and pipe(2); their descriptors are close-on-exec from the beginning. */
int linux_accept(int listener);
int linux_pipe(int ends[2]);

/* Starts a program with this one's standard input, output and error and no other descriptor, its signals not blocked, as user
   `user` with the groups of `group` where `user` is not 0; then HOME, USER and LOGNAME are that user's. `path` is a file, no
   name to be searched for. Returns its process number, or -1 with the error of fork() or of what the child could not do. */
pid_t linux_start_program(const char *path, char *const arguments[], uid_t user, gid_t group);

/* Starts a process that goes on as this user and sends `process` signals, while this one gives up the right to. Returns a pipe
   that never waits: each octet written to it is a signal's number, and its end ends the process. Or -1. */
int linux_start_signaller(pid_t process);

/* Starts a process that goes on with this one's rights. An octet written to `order` makes it rename the file `from` to `to`; at the
   end of `order` without one it removes `from`. It ends with the error's number, or 0. Returns its number, or -1. */
pid_t linux_start_renamer(const char *from, const char *to, int *order);

/* What a TCP socket's options are: 0 or 1, seconds, seconds, a number, milliseconds; and for how many nanoseconds a copy of its
   descriptor was held. */
struct linux_socket_settings {
  int keepalive;    /* SO_KEEPALIVE */
  int idle;         /* TCP_KEEPIDLE */
  int interval;     /* TCP_KEEPINTVL */
  int count;        /* TCP_KEEPCNT */
  int user_timeout; /* TCP_USER_TIMEOUT */
  int64_t held;
};

/* A descriptor of a process (pidfd_open(2)), or -1. */
int linux_open_process(pid_t process);

/* Reads the options of socket `inode`, which is `descriptor` of the process that linux_open_process() gave, from a copy of that
   descriptor (SocketCopies.c). Returns 0, or -1: ESTALE where the descriptor is something else by now. */
int linux_copy_settings(int process, pid_t number, int descriptor, uint64_t inode, struct linux_socket_settings *settings);

/* Goes on in the network namespace that a descriptor is (setns(2)). */
int linux_enter_network(int descriptor);

/* Where the helper finds its end of the channel. */
#define LINUX_HELPER_CHANNEL 3

/* With which status the guard ends where the helper was stopped by a signal. */
#define LINUX_HELPER_WAS_STOPPED 2

/* Starts the helper, a process that runs `body` and ends: with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH and no other capability, or,
   where this one has not the first, with what this one has; in a session of its own, with every signal blocked, and no descriptor but its end of a stream, of which `channel`
   is the other. Returns the number of its guard, which ends when it does, and ends it where a signal stops it; or -1. To be called
   while there is one thread. */
pid_t linux_start_helper(void (*body)(void), int *channel);
