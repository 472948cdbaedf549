#!/bin/sh
# Runs every fuzz target for a while: fuzz.sh [TIME], default 60s each; fuzz.sh list
# only names them. What it finds is written to the package's testdata/fuzz and belongs
# into the repository.
set -eu
cd "$(dirname "$0")/.."
time=${1:-60s}

# targets prints a line "FOLDER TARGET" each.
targets() {
	grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' internal cmd | sed 's|/[^/]*_test\.go:func | |' | sort
}

if [ "$time" = list ]; then
	targets
	exit
fi
targets | while read -r folder target; do
	echo "── ./$folder $target"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$folder" </dev/null
done
