/* The few Linux calls that Swift cannot spell: variadic ones, and those that Swift's Glibc module leaves out.
   Thin, without logic; errors are the calls' own: -1 and errno. */
#pragma once

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/types.h>

/* Blocks SIGINT and SIGTERM and returns a descriptor that reads them (signalfd). */
int linux_open_signal_descriptor(void);

/* Unblocks SIGINT and SIGTERM: for a child, which inherits the mask. */
int linux_unblock_signals(void);

/* unshare(CLONE_NEWNET), with CLONE_NEWUSER too where `with_user` is not 0. */
int linux_unshare_network(int with_user);

/* Brings the interface `lo` of the current network namespace up (SIOCSIFFLAGS). */
int linux_bring_loopback_up(void);

/* The kernel sends this process SIGKILL when its parent ends (PR_SET_PDEATHSIG). */
int linux_die_with_parent(void);

/* Octets of a TCP socket's send queue that are not acknowledged yet (SIOCOUTQ). */
int linux_unacknowledged(int descriptor);
