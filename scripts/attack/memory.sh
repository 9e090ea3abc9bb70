#!/usr/bin/env bash
# Reads every capture with the address sanitizer, in a build without optimisation: there a compiler's mistakes with lifetimes show that
# the optimiser hides. As files, and as a stream, of which what is known is asked for while it goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
swift build --sanitize=address --product keepwatch --scratch-path "$work/build" >"$work/log" 2>&1 || { tail "$work/log"; exit 1; }
keepwatch=$work/build/debug/keepwatch
# What is left at the end is the system's: nothing is freed for its own sake.
export ASAN_OPTIONS=detect_leaks=0
failed=0
tried() {
  local words=("$@")
  "${words[@]}" >"$work/out" 2>"$work/err" || true
  if grep -q AddressSanitizer "$work/err"; then
    echo "${words[*]}"
    grep -m 8 -A 7 "ERROR: AddressSanitizer" "$work/err"
    failed=1
  fi
  return 0
}
chmod 755 "$work"
for capture in captures/*.pcap captures/situations/*.pcap*; do
  tried "$keepwatch" replay --json "$capture"
  tried "$keepwatch" replay --all "$capture"
  tried sh -c "cat '$capture' | '$keepwatch' replay -"
done
echo "$(ls captures/*.pcap captures/situations/*.pcap* | wc -l) captures read"
exit $failed
