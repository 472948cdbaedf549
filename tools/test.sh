#!/usr/bin/env bash
# Everything that must hold before a change goes in, on both database engines. It is
# what `make test` runs after the assets are built; nothing in it is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
export CI=true # a test that wants PostgreSQL or a mail server fails without it, instead of skipping
log=.cache/test.log
failed=
mkdir -p .cache
: >"$log"

step() { # TITLE COMMAND...
	local title=$1 began=$SECONDS status=0
	shift
	echo "── $title"
	"$@" 2>&1 | tee -a "$log" || status=$?
	echo "── $title: $((SECONDS - began)) s"
	[ $status = 0 ] || failed=$title
	return $status
}

closing() {
	local status=$?
	echo
	grep '^ok' "$log" | sort -u || true
	if [ $status = 0 ]; then
		echo "PASS in $SECONDS s"
	else
		# What went wrong comes last, where a reader of the end of a log finds it.
		[ "$failed" != browser ] || tail -n 30 "$log"
		grep -E '^(FAIL|panic:| *--- FAIL)' "$log" || true
		echo "FAIL at: ${failed:-the beginning}, after $SECONDS s; the whole output is in $log"
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
TANGGAP_TEST_OIDC=$PWD/.cache/tools/oidc
export TANGGAP_TEST_POSTGRES TANGGAP_TEST_MAIL TANGGAP_TEST_OIDC

# What tests write is synced to disk thousands of times for nobody: it goes to memory where
# there is room for it. Whether a disk keeps what it was told is the matter of the fault
# harnesses, and those stay on the disk, as what the compiler writes does.
memory=()
if [ -w /dev/shm ] && [ "$(df -k --output=avail /dev/shm | tail -n 1)" -gt 4000000 ]; then
	memory=(TMPDIR=/dev/shm GOTMPDIR="${TMPDIR:-/tmp}")
fi

step "format, vet, lint" make --no-print-directory fmt vet lint
# Learning is arithmetic on many messages: the detector would make minutes of its seconds.
# The models of the packs are kept for the tests of everybody else, as long as the code and
# the packs that make them are the same.
TANGGAP_TEST_MODELS=$PWD/.cache/test-models/$(find internal/text internal/triage internal/region -type f ! -name '*_test.go' -exec cat {} + | sha256sum | cut -c1-16)
export TANGGAP_TEST_MODELS
step "models" env CGO_ENABLED=0 go test ./internal/learn ./internal/triage ./internal/forecast
# What takes longest begins first, so that no processor waits for it at the end.
mapfile -t packages < <(go list ./internal/web ./internal/intake ./internal/notify ./cmd/tanggap && go list ./... | grep -vE '/(fault|cmd/tanggap|internal/(learn|triage|forecast|web|intake|notify))$')
step "tests, SQLite and PostgreSQL" env "${memory[@]}" CGO_ENABLED=0 go test -timeout 30m "${packages[@]}"
# The race detector makes everything up to ten times slower, so here it watches the packages
# in which goroutines of ours meet, and of the pages those tests in which people do;
# `make campaign` lets it watch all. What plays alike scenarios by the hundred says race.Skip.
# -race needs cgo; the program itself is built without it. (Leaving SQLite uninstrumented would
# be faster, but its copies of generic code of the standard library then hide its
# synchronisation, and races are seen that are none.)
mapfile -t watched < <(grep -rlE '\bgo func|"sync"|"sync/atomic"|/errgroup"' --include='*.go' --exclude='*_test.go' internal |
	xargs -n1 dirname | sort -u | grep -vE '/(apptest|lossyfs|web|learn|triage|forecast)$' | sed 's|^|./|')
step "race detector" env "${memory[@]}" CGO_ENABLED=1 bash -c '
	go test -race -timeout 40m -run "AtOnce|Stream|Colleagues|Conflict|Two|Silent" ./internal/web && go test -race -timeout 40m "$@"' race "${watched[@]}" ./internal/job
step "fault harnesses" env CGO_ENABLED=0 go test -timeout 30m ./fault/
step "browser" tools/browser.sh test
