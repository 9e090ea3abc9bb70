#!/usr/bin/env bash
# Tries to find keepwatch reading what strangers sent while it has powers: by its environment, its options, its threads.
set -u
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "   needs root"; exit 77; }
[ -n "${IN_NETWORK:-}" ] || IN_NETWORK=1 exec unshare -n scripts/attack/privileges.sh
KEEPWATCH=$(realpath "${KEEPWATCH:-.build/debug/keepwatch}"); captures=$PWD/captures
folder=$(mktemp -d /tmp/attack-XXXXXX); trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$folder"' EXIT
cd "$folder" && chmod 777 . && ip link set lo up
capture=$captures/situations/forgotten-on-the-path.pcap
status=0
held() { echo "   held: $*"; }
broken() { echo "   BROKEN: $*"; status=1; }

# The threads of a process that reads: no user, group or capability of root's. $2: what may stay.
powers() {
  awk -v kept="${2:-0000000000000000}" '
    /^(Uid|Gid):/ { for (i = 2; i <= 5; i++) if ($i == 0) print $0 }
    /^Groups:/ && NF > 1 { print $0 }
    /^Cap(Prm|Eff):/ && $2 != kept && $2 != "0000000000000000" { print $0 }
    /^Cap(Inh|Amb|Bnd):/ && $2 != "0000000000000000" { print $0 }
    /^NoNewPrivs:/ && $2 != 1 { print $0 }' /proc/"$1"/task/*/status
}
# Waits for a process to sleep in its reading, looks at it, and ends it.
look() {
  local process=$1 what=$2 found
  for _ in $(seq 200); do found=$(powers "$process" "${3:-}" 2>&1) && [ -z "$found" ] && break; sleep 0.05; done
  sleep 0.3
  found=$(powers "$process" "${3:-}" 2>&1)
  [ -z "$found" ] && held "$what" || broken "$what: $found"
}

mkfifo fifo
for environment in A=1 "SUDO_UID=65534 SUDO_GID=65534" "SUDO_UID=0 SUDO_GID=0" "SUDO_UID=0 SUDO_GID=1 SUDO_USER=root"; do
  env $environment "$KEEPWATCH" live --lines > text 2>&1 & process=$!
  look $process "$environment live"; kill -INT $process; wait $process
  env $environment "$KEEPWATCH" replay fifo > text 2>&1 & process=$!
  exec 9> fifo; look $process "$environment replay fifo"; exec 9>&-; wait $process
  env $environment "$KEEPWATCH" replay - --log fifo < fifo > text 2>&1 & process=$!
  exec 9> fifo; look $process "$environment replay -"; exec 9>&-; wait $process
  rm -f seen; env $environment "$KEEPWATCH" run -o seen -- sleep 3 2> errors & process=$!
  look $process "$environment run"; kill -TERM $process; wait $process
  env $environment "$KEEPWATCH" demo server > text 2>&1 & process=$!
  look $process "$environment demo server"; kill -9 $process; wait $process 2> /dev/null
  env $environment "$KEEPWATCH" demo no-route --idle 2 --interval 1 > text 2>&1 & process=$!
  look $process "$environment demo"
  for child in $(cat /proc/$process/task/*/children); do
    look "$child" "$environment demo's $(tr '\0' ' ' < /proc/$child/cmdline | cut -d' ' -f3)" 0000000000001000
  done
  wait $process
  env $environment "$KEEPWATCH" demo all > text 2>&1 & process=$!
  look $process "$environment demo all"; kill -9 $process; wait $process 2> /dev/null
done

# An environment that names nobody.
for environment in SUDO_UID=1 SUDO_GID=1 "SUDO_UID=-1 SUDO_GID=-1" "SUDO_UID=4294967295 SUDO_GID=4294967295" \
  "SUDO_UID=1000000 SUDO_GID=1000000" "SUDO_UID=1e3 SUDO_GID=1" "SUDO_UID=65534 SUDO_GID=0" "SUDO_UID=\ 1 SUDO_GID=1" SUDO_UID=0; do
  for command in "replay $capture" "live --lines -c 1" "run -- true" "demo healthy" "demo client"; do
    eval "env $environment timeout 20 \$KEEPWATCH $command" > text 2> errors
    case $? in 77|125) grep -q SUDO_UID errors && continue ;; esac
    broken "$environment $command went on: $(cat text errors)"
  done
done
held "a caller who cannot be told stops it"

# Root that cannot become anybody else; a set-user-ID copy; root of a user namespace who is root outside.
for cut in -setuid -setgid -setuid,-setgid; do
  setpriv --bounding-set=$cut "$KEEPWATCH" replay "$capture" > text 2> errors
  [ $? = 77 ] && [ ! -s text ] || broken "it read without CAP$cut: $(cat text errors)"
done
cp "$KEEPWATCH" own; chmod 4755 own; printf 'secret\n' > secret; chmod 600 secret
setpriv --reuid 65534 --regid 65534 --clear-groups ./own replay "$capture" --log secret > text 2> errors
[ $? = 77 ] && [ ! -s text ] || broken "a set-user-ID copy went on: $(cat text errors)"
if unshare -Ur true 2> /dev/null; then
  unshare -Ur "$KEEPWATCH" replay "$capture" > text 2> errors
  [ $? = 77 ] || broken "root of a namespace that is root outside went on: $(cat text errors)"
fi
held "what cannot be given up stops it"
exit $status
