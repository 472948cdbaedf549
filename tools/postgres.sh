#!/bin/sh
# A private, throw-away PostgreSQL for tests: own data folder, own random port on
# loopback, own random password, no fsync. Nothing in it survives `stop`.
#
#   tools/postgres.sh start   bring it up (again: does nothing), print its address
#   tools/postgres.sh url     print its address
#   tools/postgres.sh stop    take it down and delete its data
#
# Use it: TANGGAP_TEST_POSTGRES="$(tools/postgres.sh start)" go test ./internal/store/
set -eu

repo=$(cd "$(dirname "$0")/.." && pwd)

fail() {
	echo "postgres.sh: $*" >&2
	exit 1
}

# find_bin prints the folder of the newest server programs, or nothing.
find_bin() {
	for dir in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin 2>/dev/null | sort -Vr); do
		if [ -x "$dir/initdb" ]; then
			echo "$dir"
			return
		fi
	done
	if command -v initdb >/dev/null 2>&1; then
		dirname "$(command -v initdb)"
	fi
}

install_server() {
	command -v apt-get >/dev/null 2>&1 ||
		fail "PostgreSQL is not installed. Install its server package (PostgreSQL 14 or newer) and run this again."
	sudo=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null ||
			fail "PostgreSQL is not installed and this user may not install it. Run: apt-get install postgresql"
		sudo="sudo -n"
	fi
	echo "postgres.sh: installing the package postgresql" >&2
	# The package must not start a cluster of its own.
	$sudo mkdir -p /etc/postgresql-common
	[ -e /etc/postgresql-common/createcluster.conf ] ||
		echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
	{ $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends postgresql; } >&2 ||
		fail "apt-get could not install postgresql; see above."
}

# PostgreSQL refuses to run as root.
as_server() {
	if [ "$(id -u)" != 0 ]; then
		"$@"
	elif command -v runuser >/dev/null 2>&1; then
		runuser -u postgres -- "$@"
	else
		su postgres -s /bin/sh -c '"$@"' -- sh "$@"
	fi
}

# home is under the repository, or, where the server's user cannot get there,
# under /tmp with a name of its own for each repository.
home() {
	if [ "$(id -u)" != 0 ] || ! id postgres >/dev/null 2>&1 || as_server test -x "$repo"; then
		echo "$repo/.cache/postgres"
	else
		echo "/tmp/tanggap-postgres-$(echo "$repo" | cksum | cut -d' ' -f1)"
	fi
}

running() {
	[ -f "$home/url" ] && as_server "$bin/pg_ctl" -D "$home/data" status >/dev/null 2>&1
}

free_port() {
	# A port that nobody listens on now, from the range below ephemeral ports.
	n=0
	while [ $n -lt 50 ]; do
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom | tr -d ' ') % 12000))
		"$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -t 1 || [ $? != 2 ] || { echo "$port"; return; }
		n=$((n + 1))
	done
	fail "no free port found"
}

start() {
	bin=$(find_bin)
	if [ -z "$bin" ]; then
		install_server
		bin=$(find_bin)
	fi
	[ -n "$bin" ] || fail "PostgreSQL's programs were not found after installing it."
	home=$(home)
	if running; then
		cat "$home/url"
		return
	fi
	rm -rf "$home"
	mkdir -p "$home"
	[ "$(id -u)" != 0 ] || chown postgres "$home"
	password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	(umask 077 && echo "$password" >"$home/password")
	[ "$(id -u)" != 0 ] || chown postgres "$home/password"
	as_server "$bin/initdb" -D "$home/data" -U tanggap -A scram-sha-256 --pwfile="$home/password" \
		-E UTF8 --locale=C --no-sync >"$home/initdb.log" 2>&1 || fail "initdb failed: $(tail -n 5 "$home/initdb.log")"
	tries=0
	while :; do
		port=$(free_port)
		if as_server "$bin/pg_ctl" -D "$home/data" -w -t 60 -l "$home/data/server.log" -o "-p $port \
			-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off \
			-c synchronous_commit=off -c max_connections=300 -c shared_buffers=64MB" start >/dev/null 2>&1; then
			break
		fi
		tries=$((tries + 1))
		[ $tries -lt 5 ] || fail "the server did not start: $(tail -n 5 "$home/data/server.log")"
	done
	echo "postgres://tanggap:$password@127.0.0.1:$port/postgres?sslmode=disable" >"$home/url"
	cat "$home/url"
}

case "${1:-}" in
start) start ;;
url)
	home=$(home)
	[ -f "$home/url" ] || fail "not running; start it with: tools/postgres.sh start"
	cat "$home/url"
	;;
stop)
	bin=$(find_bin)
	home=$(home)
	if [ -n "$bin" ] && [ -d "$home/data" ]; then
		as_server "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null 2>&1 || true
	fi
	rm -rf "$home"
	;;
*)
	sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
