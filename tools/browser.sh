#!/bin/sh
# The pages in a real browser: on the preview server, which has every page in every
# state, and on the demo, which is the real program.
#
#   tools/browser.sh test          first state of every page: axe at 360 and 1440 px; keyboard; weight; then the demo
#   tools/browser.sh full          the same on every state at 360, 768 and 1440 px and with text
#                                  spacing, in both languages; then Lighthouse (many minutes)
#   tools/browser.sh shots FOLDER  pictures of the demo's main pages
set -eu
cd "$(dirname "$0")/.."

case "${1:-}" in
test | full) ;;
shots) folder=${2:?where to} ;;
*)
	sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac

tools/need.sh "${CHROMIUM:-chromium}=chromium" curl
CHROMIUM=$(command -v "${CHROMIUM:-chromium}")
export CHROMIUM

mkdir -p .cache
data=$(mktemp -d)
servers=
closing() {
	# shellcheck disable=SC2086 # a list of processes
	[ -z "$servers" ] || { kill $servers && wait $servers; } 2>/dev/null || true
	rm -rf "$data"
}
trap closing EXIT
trap 'exit 1' INT TERM

# start SECONDS COMMAND... starts a server that says where it listens, and waits until
# it has said so; $base is the address.
start() {
	left=$(($1 * 10))
	shift
	: >"$data/log"
	"$@" >"$data/log" 2>&1 &
	servers="$servers $!"
	until base=$(tr '\r' '\n' <"$data/log" | grep -m 1 -o 'http://[0-9.]*:[0-9]*'); do
		left=$((left - 1))
		if [ $left = 0 ] || ! kill -0 $! 2>/dev/null; then
			cat "$data/log" >&2
			exit 1
		fi
		sleep 0.1
	done
}

preview() {
	CGO_ENABLED=0 go build -trimpath -o .cache/preview ./internal/web/view/preview
	start 30 .cache/preview
}

# demo CASES starts a new simulated city with so much of a past.
demo() {
	make --no-print-directory build
	start 120 bin/tanggap demo --cases "$1" --months 3 --data "$data/city" --listen 127.0.0.1:0
	curl -sf --retry 100 --retry-delay 1 --retry-all-errors "$base/readyz" >/dev/null
}

# first lists the paths of the first state of every page.
first() {
	node -e '
		const seen = new Set();
		fetch(process.argv[1] + "/pages.json").then((r) => r.json()).then((pages) => {
			console.log(pages.filter((p) => p.template && !seen.has(p.template) && seen.add(p.template)).map((p) => p.path).join(" "));
		});' "$base"
}

case $1 in
test)
	preview
	# shellcheck disable=SC2046 # paths have no spaces
	node ui/test/axe.mjs "$base" $(first)
	;;
full)
	preview
	node ui/test/axe.mjs "$base" --full
	;;
shots)
	demo 400
	node ui/test/shots.mjs "$base" "$folder"
	exit
	;;
esac
node ui/test/keys.mjs "$base"
node ui/test/weight.mjs "$base"
node ui/test/charts.mjs "$base"
demo 150
node ui/test/smoke.mjs "$base"
node ui/test/passkey.mjs "$base"
node ui/test/field.mjs "$base"
node ui/test/life.mjs "$base"
node ui/test/board.mjs "$base"
if [ "$1" = full ]; then
	npm --prefix ui/test/lighthouse ci --ignore-scripts --no-audit --no-fund --prefer-offline
	node ui/test/lighthouse/run.mjs "$base"
fi
