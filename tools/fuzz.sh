#!/bin/sh
# Runs every fuzz target for a while: fuzz.sh [TIME], default 60s each. What it finds
# is written to the package's testdata/fuzz and belongs into the repository.
set -eu
cd "$(dirname "$0")/.."
time=${1:-60s}
grep -rl --include='*_test.go' '^func Fuzz' internal cmd | xargs -n 1 dirname | sort -u | while read -r folder; do
	sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$folder"/*_test.go | while read -r target; do
		echo "── ./$folder $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$folder" </dev/null
	done
done
