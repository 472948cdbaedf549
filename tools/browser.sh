#!/bin/sh
# The pages in a real browser, on the preview server, which has every page in every
# state.
#
#   tools/browser.sh test          first state of every page: axe at 360 and 1440 px; keyboard; weight
#   tools/browser.sh full          the same on every state, in both languages (many minutes)
#   tools/browser.sh shots FOLDER  pictures of the first state of every page
set -eu
cd "$(dirname "$0")/.."

tools/need.sh "${CHROMIUM:-chromium}=chromium"
CHROMIUM=$(command -v "${CHROMIUM:-chromium}")
export CHROMIUM

mkdir -p .cache
CGO_ENABLED=0 go build -trimpath -o .cache/preview ./internal/web/view/preview
.cache/preview >.cache/preview.log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT INT TERM
tries=0
while ! base=$(grep -m 1 '^http://' .cache/preview.log); do
	tries=$((tries + 1))
	if [ $tries -gt 100 ] || ! kill -0 $server 2>/dev/null; then
		cat .cache/preview.log >&2
		exit 1
	fi
	sleep 0.1
done

# first lists the paths of the first state of every page.
first() {
	node -e '
		const seen = new Set();
		fetch(process.argv[1] + "/pages.json").then((r) => r.json()).then((pages) => {
			console.log(pages.filter((p) => p.template && !seen.has(p.template) && seen.add(p.template)).map((p) => p.path).join(" "));
		});' "$base"
}

# shellcheck disable=SC2046 # paths have no spaces
case "${1:-}" in
test)
	node ui/test/axe.mjs "$base" $(first)
	node ui/test/keys.mjs "$base"
	node ui/test/weight.mjs "$base"
	;;
full)
	for script in axe keys weight; do
		node "ui/test/$script.mjs" "$base"
	done
	;;
shots)
	node ui/test/shots.mjs "$base" $(first) --out="${2:?where to}"
	;;
*)
	sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
