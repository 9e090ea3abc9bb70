#!/usr/bin/env bash
# Tries to make keepwatch wait for ever, or die with a trace, by pipes that nobody reads, or whose reader goes: for each output of
# each verb. The attack succeeds where two signals do not end it, or where a reader that has gone is more than a quiet end.
# As root also what captures packets.
set -uo pipefail
cd "$(dirname "$0")/../.."
if [[ $(id -u) = 0 && -z ${ATTACK_IN_NETWORK-} ]]; then
  ATTACK_IN_NETWORK=1 exec unshare -n "scripts/attack/pipes.sh" "$@"
fi
keepwatch=${KEEPWATCH:-$(ls -t "$PWD"/.build/{release,debug}/keepwatch 2>/dev/null | head -1)}
capture=$PWD/Tests/keepwatchTests/Exam/07d-zwin-reopen.pcap
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failures=0

fail() { echo "attack succeeded: $*"; failures=$((failures + 1)); }

# A FIFO with a reader that reads nothing, and no room left.
full_pipe() {
  rm -f pipe
  mkfifo pipe
  exec 8<> pipe
  dd if=/dev/zero of=pipe bs=4096 count=64 oflag=nonblock conv=notrunc status=none 2> /dev/null
}

# $@: words that write to $folder/pipe, or to standard output (then the last is "> pipe").
stalled() {
  full_pipe
  if [[ ${*: -1} = ">" ]]; then
    timeout -s KILL 60 "$keepwatch" "${@:1:$#-1}" > pipe 2> err &
  else
    timeout -s KILL 60 "$keepwatch" "$@" > out 2> err &
  fi
  local shell=$!
  sleep 1.5
  local process
  process=$(pgrep -P "$shell" | head -1)
  for number in 1 2; do
    [[ -n $process ]] && kill -TERM "$process" 2> /dev/null
    sleep 1
  done
  kill -0 "$process" 2> /dev/null && fail "nobody reads: $*: two signals do not end it"
  kill -KILL "$process" 2> /dev/null
  wait "$shell" 2> /dev/null
  exec 8>&-
}

gone() {
  timeout 60 "$keepwatch" "$@" 2> err | head -c 10 > /dev/null
  local status=${PIPESTATUS[0]}
  [[ $status = 141 || $status = 0 ]] || fail "the reader has gone: $*: status $status: $(cat err)"
  grep -qiE "fatal|trap|pipe" err && fail "the reader has gone: $*: $(cat err)"
}

for words in "replay $capture" "replay $capture --json" "replay $capture --connection 1" "replay - --json"; do
  # shellcheck disable=SC2086
  stalled $words ">" < "$capture"
  # shellcheck disable=SC2086
  gone $words < "$capture"
done
for option in --annotate --svg --html; do stalled replay "$capture" "$option" pipe; done
stalled live -D ">"
stalled demo --list ">"
stalled --help ">"
for words in "live -D" "demo --list" --help "help run"; do
  # shellcheck disable=SC2086
  gone $words
done
if [[ -n ${ATTACK_IN_NETWORK-} ]]; then
  ip link set lo up
  for words in "live --json" "demo" "demo --json"; do
    # shellcheck disable=SC2086
    stalled $words ">"
    [[ $words = live* ]] || gone $words
  done
  for verb in live demo; do stalled "$verb" -w pipe; done
  stalled demo --log pipe
  stalled run -o pipe --json -- sleep 5
  stalled run -w pipe -- sleep 5
fi
[[ $failures = 0 ]] && echo "pipes: the attack failed"
exit $((failures > 0))
