/* Who this process is, and what it may: users, groups, capabilities. Called while there is one thread; glibc's own calls for
   users and groups reach every thread (nptl(7)), capset(2) and prctl(2) do not. */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set_groups_of(uid_t user, gid_t group) {
  struct passwd *entry = getpwuid(user);
  return entry ? initgroups(entry->pw_name, group) : setgroups(1, &group);
}

int linux_become(uid_t user, gid_t group) {
  if (set_groups_of(user, group) < 0) return -1;
  struct passwd *entry = getpwuid(user);
  if (entry) {
    setenv("HOME", entry->pw_dir, 1);
    setenv("USER", entry->pw_name, 1);
    setenv("LOGNAME", entry->pw_name, 1);
  }
  return setresgid(group, group, group) < 0 ? -1 : setresuid(user, user, user);
}

/* The groups that linux_act_as() put away. */
static gid_t *own_groups;
static int own_group_count;

int linux_act_as(uid_t user, gid_t group) {
  own_group_count = getgroups(0, NULL);
  if (own_group_count < 0) return -1;
  own_groups = calloc((size_t)own_group_count + 1, sizeof *own_groups);
  if (!own_groups || getgroups(own_group_count, own_groups) != own_group_count) return -1;
  if (set_groups_of(user, group) < 0 || setegid(group) < 0) return -1;
  /* With the effective user root's capabilities stop being effective, too (capabilities(7)). */
  return seteuid(user);
}

void linux_act_as_oneself(void) {
  int is_oneself = seteuid(getuid()) == 0 && setegid(getgid()) == 0 && setgroups((size_t)own_group_count, own_groups) == 0;
  /* To go on half one user and half another is safe for nobody. */
  if (!is_oneself) abort();
  free(own_groups);
  own_groups = NULL;
}

static int read_capabilities(struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  return (int)syscall(SYS_capget, &header, data);
}

int linux_has_capabilities(void) {
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  return read_capabilities(data) < 0 || data[0].permitted || data[1].permitted;
}

uint64_t linux_permitted_capabilities(uint64_t wanted) {
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  if (read_capabilities(data) < 0) return 0;
  return wanted & ((uint64_t)data[1].permitted << 32 | data[0].permitted);
}

/* Leaves no capability but those in the mask `kept`. */
static int keep_capabilities(uint64_t kept) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{(uint32_t)kept, (uint32_t)kept, 0},
                                                                 {(uint32_t)(kept >> 32), (uint32_t)(kept >> 32), 0}};
  return (int)syscall(SYS_capset, &header, data);
}

static int is_only(uid_t user, gid_t group, uint64_t kept) {
  uid_t users[3];
  gid_t groups[3];
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  if (getresuid(&users[0], &users[1], &users[2]) < 0 || getresgid(&groups[0], &groups[1], &groups[2]) < 0) return 0;
  for (int index = 0; index < 3; index++) {
    if (users[index] != user || groups[index] != group) return 0;
  }
  if (read_capabilities(data) < 0) return 0;
  for (int half = 0; half < 2; half++) {
    uint32_t expected = (uint32_t)(kept >> 32 * half);
    if (data[half].permitted != expected || data[half].effective != expected || data[half].inheritable != 0) return 0;
  }
  return 1;
}

int linux_give_up_privileges(uid_t user, gid_t group, uint64_t kept) {
  /* Who may not (without CAP_SETPCAP) has only what a program's file gave him, which no_new_privs keeps from coming back. */
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return -1;
  if (user != getuid()) {
    if (kept && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return -1;
    if (setgroups(0, NULL) < 0) return -1;
    if (setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0) return -1;
  }
  if (keep_capabilities(kept) < 0) return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
  /* Other processes of this user, a program under watch among them, get at no descriptor of this one: ptrace(2),
     pidfd_getfd(2) and /proc/PID/fd want a process that may be dumped. */
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return -1;
  if (is_only(user, group, kept)) return 0;
  errno = EPERM;
  return -1;
}
