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

#define LINUX_END_LENGTH 64

/* The two ends of a connected TCP socket, "127.0.0.1:36828" or "[::1]:36828", each in LINUX_END_LENGTH octets. */
int linux_socket_ends(int descriptor, char *local, char *remote);

/* Becomes user `user` with the groups of `group`, for good; HOME, USER and LOGNAME are that user's then. Returns 0, or -1. */
int linux_become(uid_t user, gid_t group);

/* Empties this process's capabilities (capset(2)), and lets no program it starts gain any (PR_SET_NO_NEW_PRIVS). Returns 0,
   or -1. */
int linux_give_up_capabilities(void);

/* Starts a program with this one's standard input, output and error, its signals not blocked, as user `user` with the groups
   of `group` where `user` is not 0; then HOME, USER and LOGNAME are that user's. `path` is a file, no name to be searched for.
   Returns its process number, or -1 with the error of fork() or of what the child could not do. */
pid_t linux_start_program(const char *path, char *const arguments[], uid_t user, gid_t group);

/* A TCP socket as sock_diag(7) shows it. */
struct linux_tcp_socket {
  uint8_t family;                      /* AF_INET or AF_INET6 */
  uint8_t state, timer, retransmits;   /* idiag_state, idiag_timer, idiag_retrans */
  uint16_t local_port, remote_port;    /* in host order */
  uint32_t expires;                    /* ms until the timer fires */
  uint8_t local[16], remote[16];       /* network order; 4 octets for AF_INET */
};

/* The TCP sockets of a family (SOCK_DIAG_BY_FAMILY, INET_DIAG) whose states' bits are set in `states`, at most `capacity`
   of them. Returns how many there are, or -1. */
int linux_tcp_sockets(int family, uint32_t states, struct linux_tcp_socket *sockets, int capacity);
