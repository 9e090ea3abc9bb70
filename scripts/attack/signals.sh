#!/usr/bin/env bash
# Tries to catch keepwatch at a bad moment: ending signals, once or in a row, at random times, to every verb. The attack succeeds
# where it does not end, ends with a status that docs/signals.md does not have, leaves a saved capture that cannot be read, a
# program, or a folder behind. $1: how many rounds (default: 40). As root also what captures packets.
set -uo pipefail
cd "$(dirname "$0")/../.."
if [[ $(id -u) = 0 && -z ${ATTACK_IN_NETWORK-} ]]; then
  ATTACK_IN_NETWORK=1 exec unshare -n "scripts/attack/signals.sh" "$@"
fi
rounds=${1:-40}
keepwatch=${KEEPWATCH:-$(ls -t "$PWD"/.build/{release,debug}/keepwatch 2>/dev/null | head -1)}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export TMPDIR=$folder
verbs=(replay stream)
if [[ -n ${ATTACK_IN_NETWORK-} ]]; then
  ip link set lo up
  verbs+=(live json run demo)
fi
capture=$PWD/Tests/keepwatchTests/Exam/02a-silent-filter.pcap
# 30,000 connections: the summary takes its time.
python3 -c 'import struct, sys
out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
for number in range(30000):
    for second, flags in ((0, 2), (100, 16)):
        tcp = struct.pack("!HHIIBBHHH", 1024 + number % 60000, 80, 1, 1, 0x50, flags, 1000, 0, 0)
        address = struct.pack("!I", 0x0a000000 + number)
        out.write(struct.pack("<IIII", 1700000000 + second, number, 40, 40)
                  + struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + address + bytes([10, 255, 0, 1]) + tcp)
' > "$folder/large.pcap"
failures=0

fail() { echo "attack succeeded: $*"; failures=$((failures + 1)); }

start() {
  case $1 in
    replay) "$keepwatch" replay "$folder/large.pcap" --json --annotate "$folder/copy" ;;
    stream) { cat "$capture"; sleep 1; } | "$keepwatch" replay - ;;
    live) "$keepwatch" live -w "$folder/saved.pcap" ;;
    json) "$keepwatch" live --json -w "$folder/saved.pcap" ;;
    run) "$keepwatch" run -w "$folder/saved.pcap" -o "$folder/report" -- sleep 1 ;;
    demo) "$keepwatch" demo -w "$folder/saved.pcap" ;;
  esac
}

for ((round = 0; round < rounds; round++)); do
  verb=${verbs[RANDOM % ${#verbs[@]}]}
  signals=(INT TERM HUP QUIT)
  signal=${signals[RANDOM % 4]}
  count=$((1 + RANDOM % 3))
  delay=0.$(printf %03d $((RANDOM % 700)))
  rm -f "$folder"/saved.pcap
  (ulimit -c 0; start "$verb") > "$folder/out" 2> "$folder/err" < /dev/null &
  shell=$!
  sleep "$delay"
  # The program itself, below the subshell and what it starts.
  process=$(pgrep -f -P "$shell" -- "^$keepwatch" | head -1)
  [[ -n $process ]] || process=$(pgrep -P "$shell" | head -1)
  for ((number = 0; number < count; number++)); do
    [[ -n $process ]] && kill -s "$signal" "$process" 2> /dev/null
    sleep 0.0$((RANDOM % 5))
  done
  what="$verb, $count times SIG$signal after $delay s"
  for ((tenth = 0; tenth < 100; tenth++)); do
    kill -0 "$shell" 2> /dev/null || break
    sleep 0.1
    # A live watch goes on where the signal came too late to hit anything.
    [[ $tenth = 20 && -z $process ]] && pkill -INT -P "$shell"
  done
  if kill -0 "$shell" 2> /dev/null; then
    fail "$what: it goes on"
    pkill -KILL -P "$shell"
  fi
  wait "$shell"
  status=$?
  case $status in
    0 | 129 | 130 | 131 | 143) ;;
    *) fail "$what: status $status: $(tail -3 "$folder/err")" ;;
  esac
  if [[ -s $folder/saved.pcap ]]; then
    "$keepwatch" replay "$folder/saved.pcap" > /dev/null 2> "$folder/problem" || fail "$what: $(cat "$folder/problem")"
  fi
done
sleep 0.5
left=$(pgrep -P 1 -f -- "^keepwatch demo (server|client) --part" | wc -l)
[[ $left = 0 ]] || fail "$left programs of a demo are left"
[[ $failures = 0 ]] && echo "signals: $rounds rounds, the attack failed"
exit $((failures > 0))
