#!/usr/bin/env bash
# The main job on the example, as a person would do it: import the written snapshot, check the documents by it, observe
# this machine. `trueup` has to be on PATH (`make run` sees to that). $1 is the folder for what is written.
set -euo pipefail
cd "$(dirname "$0")/.."
example=examples/mini-studio
out=${1:-build/mini-studio}
rm -rf "$out"
mkdir -p "$out"

say() { printf '\n$ %s\n' "$*"; }

check() { # the example's documents are wrong on purpose: finding that is exit code 1, and success here
  local code=0
  trueup check --root "$example" --evidence "$snapshot" "$@" || code=$?
  if [ "$code" -ne 1 ]; then
    echo "trueup check ended with $code, not with 1 (findings)" >&2
    exit "$((code == 0 ? 1 : code))"
  fi
}

written=$(find "$example/evidence" -name '*.md' | sort | tail -n 1)
say trueup import "$written" --root "$example" --out "$out/evidence"
snapshot=$(trueup import "$written" --root "$example" --out "$out/evidence")
echo "$snapshot"

say trueup check --root "$example" --evidence "$snapshot"
check --format markdown >"$out/report.md"
check --format json >"$out/report.json"
check

say trueup snapshot --out "$out/this-machine"
trueup snapshot --out "$out/this-machine"

printf '\nThe report: %s (and report.json beside it)\n' "$PWD/$out/report.md"
