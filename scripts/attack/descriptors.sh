#!/usr/bin/env bash
# Tries to get at keepwatch's packet socket and files from a program that keepwatch runs for another user.
set -u
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "   needs root, to play sudo"; exit 77; }
[ -n "${IN_NETWORK:-}" ] || IN_NETWORK=1 exec unshare -n scripts/attack/descriptors.sh
KEEPWATCH=$(realpath "${KEEPWATCH:-.build/debug/keepwatch}"); captures=$PWD/captures
folder=$(mktemp -d /tmp/attack-XXXXXX); trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$folder"' EXIT
cd "$folder" && chmod 777 . && ip link set lo up
export TMPDIR=$PWD SUDO_UID=65534 SUDO_GID=65534

cat > thief.py <<'THIEF'
import ctypes, os, socket, time
stolen = []
libc = ctypes.CDLL(None)
parent = os.getppid()
while "\nUid:\t0" in open("/proc/%d/status" % parent).read():
    time.sleep(0.01)
# 1. inherited
stolen += ["inherited descriptor %d" % n for n in range(3, 1024) if os.path.exists("/proc/self/fd/%d" % n)]
# 2. taken from the running keepwatch: pidfd_getfd(2), ptrace(2), /proc
handle = os.pidfd_open(parent)
stolen += ["pidfd_getfd %d" % n for n in range(1024) if libc.syscall(438, handle, n, 0) >= 0]
for request in (16, 0x4206):  # PTRACE_ATTACH, PTRACE_SEIZE
    if libc.ptrace(request, parent, 0, 0) == 0:
        stolen.append("ptrace")
for name in ("fd", "mem", "maps", "environ", "map_files", "cwd/.", "root/."):
    try:
        path = "/proc/%d/%s" % (parent, name)
        os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
        stolen.append("/proc/PID/" + name)
    except OSError:
        pass
# 3. of its own
for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
    try:
        socket.socket(socket.AF_PACKET, kind, 3)
        stolen.append("a packet socket of its own")
    except OSError:
        pass
# 4. by the name of strace's pipe
stolen += [name for name in os.listdir(".") if name.startswith("keepwatch-")]
print("\n".join(stolen) or "nothing")
THIEF

status=0
try() {
  local found
  found=$(timeout 60 "$@" -- /usr/bin/python3 thief.py 2> errors)
  [ "$found" = nothing ] && { echo "   held: ${*:2}"; return; }
  echo "   stolen with ${*:2}: $found $(cat errors)"
  status=1
}
try "$KEEPWATCH" run -o text
try "$KEEPWATCH" run -o text -w saved.pcap --save-strace calls
try "$KEEPWATCH" run -o text -Z daemon
exec 7< /etc/shadow 200< /etc/shadow
try "$KEEPWATCH" run -o text
try env PATH=/nonexistent "$KEEPWATCH" run -o text
exit $status
