#!/bin/sh
# Says what a machine lacks to build Tanggap. Go, Node and npm are the user's choice
# to install; everything else is installed by need.sh when it is needed.
set -eu
cd "$(dirname "$0")/.."

fail=0
want() { # NAME HAVE NEEDED WHERE
	if [ -z "$2" ]; then
		echo "$1 is missing; version $3 or newer is needed. See $4" >&2
		fail=1
	elif [ "$(printf '%s\n%s\n' "$3" "$2" | sort -V | head -n 1)" != "$3" ]; then
		echo "$1 $2 is too old; version $3 or newer is needed. See $4" >&2
		fail=1
	fi
}

go_have=$(go env GOVERSION 2>/dev/null | sed 's/^go//' || true)
go_need=$(sed -n 's/^go //p' go.mod)
# An older Go fetches the right one by itself, unless it is told not to.
[ "$(go env GOTOOLCHAIN 2>/dev/null || true)" != local ] && [ -n "$go_have" ] || want Go "$go_have" "$go_need" https://go.dev/dl/
want Node "$(node --version 2>/dev/null | sed 's/^v//' || true)" 20.0.0 https://nodejs.org/
want npm "$(npm --version 2>/dev/null || true)" 9.0.0 https://nodejs.org/
exit $fail
