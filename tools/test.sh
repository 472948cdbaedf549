#!/usr/bin/env bash
# Everything that must hold before a change goes in, on both database engines. It is
# what `make test` runs after the assets are built; nothing in it is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
export CI=true # a test that wants PostgreSQL or a mail server fails without it, instead of skipping
log=.cache/test.log
mkdir -p .cache
: >"$log"

step() { # TITLE COMMAND...
	local title=$1 began=$SECONDS status=0
	shift
	echo "── $title"
	"$@" 2>&1 | tee -a "$log" || status=$?
	echo "── $title: $((SECONDS - began)) s"
	return $status
}

closing() {
	local status=$?
	echo
	grep -E '^(ok|FAIL|panic:|--- FAIL)' "$log" | sort -u || true
	if [ $status = 0 ]; then
		echo "PASS in $SECONDS s"
	else
		echo "FAIL after $SECONDS s; the whole output is in $log"
	fi
	[ "$server" = "${TANGGAP_TEST_POSTGRES:-}" ] || tools/postgres.sh stop
	[ "$mail" = "${TANGGAP_TEST_MAIL:-}" ] || tools/mail.sh stop
	exit $status
}
# A server that runs already is somebody's: it stays.
server=$(tools/postgres.sh url 2>/dev/null || true)
mail=$(tools/mail.sh url 2>/dev/null || true)
trap closing EXIT

tools/need.sh gcc=gcc\ libc6-dev strace
TANGGAP_TEST_POSTGRES=$(tools/postgres.sh start)
TANGGAP_TEST_MAIL=$(tools/mail.sh start)
export TANGGAP_TEST_POSTGRES TANGGAP_TEST_MAIL

step "format, vet, lint" make --no-print-directory fmt vet lint
# -race needs cgo; the program itself is built without it. Where a test runs other
# processes, or plays alike scenarios by the hundred, the detector has nothing new to see
# and makes everything ten times slower: those run without it.
mapfile -t packages < <(go list ./... | grep -vE '/(fault|cmd/tanggap)$')
step "tests, SQLite and PostgreSQL, race detector" env CGO_ENABLED=1 go test -race -timeout 12m "${packages[@]}"
step "commands, conversations and campaigns without it" env CGO_ENABLED=0 go test -run 'Script|Golden|Faults|Alone' ./cmd/tanggap ./internal/intake ./internal/notify ./internal/sandbox
step "fault harnesses" env CGO_ENABLED=0 go test -timeout 10m ./fault/
step "browser" tools/browser.sh test
