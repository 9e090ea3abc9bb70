#!/usr/bin/env bash
# Tries to let keepwatch destroy what it reads, and root's keepwatch write where its caller could not.
set -u
cd "$(dirname "$0")/../.."
if [ "$(id -u)" = 0 ] && [ -z "${IN_NETWORK:-}" ]; then IN_NETWORK=1 exec unshare -n scripts/attack/outputs.sh; fi
KEEPWATCH=$(realpath "${KEEPWATCH:-.build/debug/keepwatch}"); captures=$PWD/captures
folder=$(mktemp -d /tmp/attack-XXXXXX); trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$folder"' EXIT
cd "$folder" && chmod 777 .
capture=$captures/situations/forgotten-on-the-path.pcap
status=0
held() { echo "   held: $*"; }
broken() { echo "   BROKEN: $*"; status=1; }

# Over an input, a log, another output; by every kind of name.
cp "$capture" victim.pcap; cp "$capture" other.pcap; echo '{}' > victim.log; sum=$(cat victim.* other.pcap | cksum)
ln victim.pcap hard; ln -s victim.pcap soft; ln -s soft softer; ln victim.log hard.log
for output in victim.pcap hard soft softer ./victim.pcap "$PWD/hard" /proc/self/cwd/victim.pcap other.pcap victim.log hard.log; do
  for option in --html --svg --annotate --anonymise; do
    files="victim.pcap"; [[ $option = --an* ]] || files="victim.pcap other.pcap"
    [[ $output = other.pcap && $option = --an* ]] && continue
    $KEEPWATCH replay $files --log victim.log $option "$output" > text 2>&1 < victim.pcap
    [ "$sum" = "$(cat victim.* other.pcap | cksum)" ] || { broken "$option $output destroyed it"; cp "$capture" victim.pcap; }
  done
done
$KEEPWATCH replay - --html soft < victim.pcap > text 2>&1
[ "$sum" = "$(cat victim.* other.pcap | cksum)" ] && held "no input or log was written over"
for pair in "--html --svg" "--html --annotate" "--svg --annotate" "--annotate --anonymise"; do
  set -- $pair; echo kept > page; ln -f page page.hard
  $KEEPWATCH replay victim.pcap $1 page $2 page.hard > text 2>&1 && broken "$1 and $2 into one file"
  [ "$(cat page)" = kept ] || broken "$1 and $2 destroyed what was there"
done

[ "$(id -u)" = 0 ] || { echo "   root's part is not tried: be root"; exit $status; }
ip link set lo up
export SUDO_UID=65534 SUDO_GID=65534
mkdir roots; chmod 711 roots; echo roots > roots/file; chmod 600 roots/file; echo readable > read-only; chmod 644 read-only
as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
user() { "${as_user[@]}" "$@"; }
mkdir users; chown 65534:65534 users; cd users
user ln -s ../roots/file link; user ln -s ../roots/new new; user ln -s ../read-only readable; user ln -s ../roots folder
user ln -s /etc/cron.d/keepwatch-attack cron; user ln -s /proc/self/mem memory; user ln -s /dev/kmsg device
targets="link new readable folder/file folder/new2 cron memory device /etc/passwd ../read-only"
before=$(cat ../roots/file ../read-only /etc/passwd | cksum)
for output in $targets; do
  for command in "replay $capture --html $output" "replay $capture --annotate $output" "replay $capture --anonymise $output" "replay $capture --svg $output" \
    "live -c 1 -w $output" "run -o $output -- true" "run -o seen -w $output -- true" "run -o seen --save-strace $output -- true" \
    "demo healthy --idle 1 -w $output" "demo healthy --idle 1 --log $output"; do
    timeout 20 "$KEEPWATCH" $command > text 2>&1 && broken "keepwatch $command succeeded"
  done
done
[ "$before" = "$(cat ../roots/file ../read-only /etc/passwd | cksum)" ] || broken "a file of root's was changed"
[ "$(ls ../roots)" = file ] && [ ! -e /etc/cron.d/keepwatch-attack ] || broken "a file was made where the caller could not"
[ "$(stat -c %u ../roots/file ../read-only /etc/passwd | sort -u)" = 0 ] || broken "a file of root's was given away"
held "nothing of root's was written"

# A name that changes between one look and the next.
echo mine > mine; chown 65534 mine
# Not by the function: in the background that is a shell of its own, whose end leaves the program running.
"${as_user[@]}" bash -c 'while :; do ln -sfn mine turning; ln -sfn ../read-only turning; done' & turner=$!
for _ in $(seq 25); do
  "$KEEPWATCH" replay "$capture" --svg turning > text 2>&1
  "$KEEPWATCH" run -o seen --save-strace turning -- true > text2 2>&1
done
kill "$turner"; wait "$turner" 2> /dev/null
[ "$(cat ../read-only)" = readable ] && held "nor by a name that changes meanwhile" || broken "a race was won"

# The pipe between strace and keepwatch, in a folder of the caller's.
cat > swap.py <<'SWAP'
import os, time
end = time.time() + 20
while time.time() < end:
    for name in os.listdir("."):
        if name.startswith("keepwatch-"):
            try:
                os.rename(name, "taken"); os.symlink("/etc", name)
            except OSError:
                pass
    if os.path.exists("stop"):
        break
SWAP
"${as_user[@]}" /usr/bin/python3 swap.py & swapper=$!
for _ in $(seq 12); do TMPDIR=$PWD timeout 20 "$KEEPWATCH" run -o seen -- true > text2 2>&1; rm -rf keepwatch-* taken; done
touch stop; wait "$swapper"
[ -e /etc/calls ] && broken "something was made in /etc" || held "nor by a folder put in the pipe's place"
exit $status
