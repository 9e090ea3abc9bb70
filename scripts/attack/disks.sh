#!/usr/bin/env bash
# Tries to make keepwatch lose output without a word, or leave a capture that cannot be read: file size limits of many sizes
# (RLIMIT_FSIZE; the same short writes as a full disk), /dev/full, and as root a small tmpfs. The attack succeeds where the exit
# status is 0 and something is missing, where nothing is said, or where a capture is torn.
set -uo pipefail
cd "$(dirname "$0")/../.."
if [[ $(id -u) = 0 && -z ${ATTACK_IN_NETWORK-} ]]; then
  ATTACK_IN_NETWORK=1 exec unshare -n -m "scripts/attack/disks.sh" "$@"
fi
keepwatch=${KEEPWATCH:-$(ls -t "$PWD"/.build/{release,debug}/keepwatch 2>/dev/null | head -1)}
captures=("$PWD"/Tests/keepwatchTests/Exam/*.pcap)
folder=$(mktemp -d)
trap 'cd /; umount "$folder/disk" 2> /dev/null; rm -rf "$folder"' EXIT
cd "$folder"
failures=0

fail() { echo "attack succeeded: $*"; failures=$((failures + 1)); }

# $1: octets; the rest: a command.
limited() { python3 -c 'import os, resource, sys
size = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
os.execv(sys.argv[2], sys.argv[2:])' "$@"; }

whole() {
  [[ -s $2 ]] || return 0
  "$keepwatch" replay "$2" > /dev/null 2> problem || fail "$1: $(cat problem)"
  tcpdump -nr "$2" > /dev/null 2> problem
  grep -qi truncated problem && fail "$1: tcpdump: $(cat problem)"
}

capture=${captures[0]}
for ((size = 0; size < 2600; size += 173)); do
  for option in --annotate --anonymise --svg --html; do
    rm -f saved
    said=$(limited "$size" "$keepwatch" replay "$capture" "$option" saved 2>&1 > /dev/null)
    status=$?
    [[ $status = 0 || $status = 1 && -n $said ]] || fail "$option, $size octets: status $status, '$said'"
    [[ $status = 0 && $(stat -c %s saved) -ge $size ]] && fail "$option, $size octets: cut, and status 0"
    [[ $option = --an* ]] && whole "$option, $size octets" saved
  done
  for words in "" --json "--connection 1" "--why 1"; do
    # shellcheck disable=SC2086
    said=$(limited "$size" "$keepwatch" replay "$capture" $words 2>&1 > out)
    status=$?
    # shellcheck disable=SC2086
    "$keepwatch" replay "$capture" $words 2> /dev/null | cmp -s - out && continue
    [[ $status = 1 && -n $said ]] || fail "replay $words, $size octets: status $status, '$said'"
  done
done
for words in "replay $capture" "replay $capture --json" "live -D" "demo --list" --help "demo server --port 12399"; do
  # shellcheck disable=SC2086
  timeout 20 "$keepwatch" $words > /dev/full 2> err
  status=$?
  [[ $status = 1 && -s err ]] || fail "$words > /dev/full: status $status, '$(cat err)'"
done
if [[ -n ${ATTACK_IN_NETWORK-} ]]; then
  ip link set lo up
  for size in 30 100 500 1000 3000 4096 5000; do
    rm -f saved
    said=$(limited "$size" "$keepwatch" demo -w saved 2>&1 > /dev/null)
    status=$?
    [[ $status = 1 && -n $said || $status = 0 && $(stat -c %s saved) -lt $size ]] ||
      fail "demo -w, $size octets: status $status, '$said'"
    whole "demo -w, $size octets" saved
  done
  mkdir disk
  mount -t tmpfs -o size=8k tmpfs disk
  "$keepwatch" live --json -w disk/saved -c 400 > out 2> err &
  process=$!
  until grep -q '"capture"' out; do sleep 0.05; done
  for number in {1..150}; do (: < /dev/tcp/127.0.0.1/9) 2> /dev/null; done
  sleep 0.5
  grep -q "No space left on device" err || fail "live -w on a full disk: nothing is said: $(cat err)"
  kill -INT "$process" 2> /dev/null
  wait "$process"
  status=$?
  [[ $status = 1 ]] || fail "live -w on a full disk: status $status"
  cp disk/saved saved
  whole "live -w on a full disk" saved
  rm disk/*
  "$keepwatch" demo --json > disk/out 2> err
  status=$?
  [[ $status = 1 || $(tail -1 disk/out) = *summary* ]] || fail "demo on a full disk: status $status, $(cat err)"
fi
[[ $failures = 0 ]] && echo "disks: the attack failed"
exit $((failures > 0))
