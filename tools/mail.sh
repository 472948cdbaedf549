#!/bin/sh
# A private, throw-away mail server for tests: Dovecot for IMAP and Exim for
# submission, both unprivileged, on random ports of loopback, with a certificate, a
# password and mailboxes of their own. Nothing in it survives `stop`.
#
#   tools/mail.sh start   bring it up (again: does nothing), print the file that describes it
#   tools/mail.sh url     print that file's name
#   tools/mail.sh stop    take it down and delete its data
#
# Use it: TANGGAP_TEST_MAIL="$(tools/mail.sh start)" go test ./internal/channel/email/
set -eu

repo=$(cd "$(dirname "$0")/.." && pwd)
city=lapor@contoh.go.id
citizen=warga@contoh.id

fail() {
	echo "mail.sh: $*" >&2
	exit 1
}

# The servers need no rights, so root lends them none.
as_server() {
	if [ "$(id -u)" != 0 ]; then
		"$@"
	elif command -v runuser >/dev/null 2>&1; then
		runuser -u nobody -- "$@"
	else
		su nobody -s /bin/sh -c '"$@"' -- sh "$@"
	fi
}

# home is under the repository, or, where the servers' user cannot get there or the
# names of sockets would get too long, under /tmp with a name of its own.
home() {
	if { [ "$(id -u)" != 0 ] || as_server test -x "$repo"; } && [ ${#repo} -lt 60 ]; then
		echo "$repo/.cache/mail"
	else
		echo "/tmp/tanggap-mail-$(echo "$repo" | cksum | cut -d' ' -f1)"
	fi
}

alive() { # PIDFILE
	[ -f "$1" ] || return 1
	case $(ps -o stat= -p "$(cat "$1")" 2>/dev/null) in
	"" | Z*) return 1 ;; # gone, or dead and not yet buried
	esac
}

running() {
	[ -f "$home/server" ] && alive "$home/run/master.pid" && alive "$home/exim.pid"
}

random_port() {
	echo $((20000 + $(od -An -N2 -tu2 /dev/urandom | tr -d ' ') % 12000))
}

# write_config PASSWORD IMAP IMAPS SMTP SMTPS
write_config() {
	user=$(as_server id -un)
	group=$(as_server id -gn)
	cat >"$home/dovecot.conf" <<END
base_dir = $home/run
state_dir = $home/state
log_path = $home/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = $user
default_internal_group = $group
default_login_user = $user
first_valid_uid = 1
ssl = required
ssl_cert = <$home/cert.pem
ssl_key = <$home/key.pem
mail_location = maildir:~/Maildir
mail_fsync = never
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u $home/users
}
userdb {
  driver = static
  args = uid=$(as_server id -u) gid=$(as_server id -g) home=$home/mail/%u
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = $2
  }
  inet_listener imaps {
    port = $3
  }
}
service stats {
  chroot =
}
END
	printf '%s:%s\n%s:%s\n' "$city" "$1" "$citizen" "$1" >"$home/users"
	cat >"$home/exim.conf" <<END
primary_hostname = mail.contoh.go.id
spool_directory = $home/spool
log_file_path = $home/exim.%slog
pid_file_path = $home/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = $4 : $5
tls_on_connect_ports = $5
tls_certificate = $home/cert.pem
tls_privatekey = $home/key.pem
tls_advertise_hosts = *
auth_advertise_hosts = \${if eq{\$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = rcpt
deliver_drop_privilege
admin_groups = $group
exim_user = $user
exim_group = $group
never_users =
keep_environment =
disable_ipv6
timezone = UTC

begin acl
rcpt:
  require message = 5.7.0 log in first
          authenticated = *
  require message = 5.1.1 no such user
          verify = recipient
  accept

begin routers
mailbox:
  driver = accept
  local_part_suffix = +*
  local_part_suffix_optional
  condition = \${lookup{\$local_part@\$domain}dsearch,filter=dir{$home/mail}{yes}{no}}
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = $home/mail/\${lookup{\$local_part@\$domain}dsearch,filter=dir{$home/mail}}/Maildir
  maildir_format
  return_path_add
  envelope_to_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{$city}}{eq{\$auth3}{$1}}}{yes}{no}}
  server_set_id = \$auth2
END
}

start() {
	"$repo/tools/need.sh" dovecot=dovecot-imapd exim4=exim4-daemon-light openssl >&2
	home=$(home)
	if running; then
		echo "$home/server"
		return
	fi
	stop
	mkdir -p "$home/run" "$home/state" "$home/spool" "$home/mail/$city" "$home/mail/$citizen"
	password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=tanggap-test \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$home/key.pem" -out "$home/cert.pem" 2>"$home/openssl.log" ||
		fail "openssl failed: $(tail -n 5 "$home/openssl.log")"
	tries=0
	while :; do
		imap=$(random_port) imaps=$(random_port) smtp=$(random_port) smtps=$(random_port)
		write_config "$password" "$imap" "$imaps" "$smtp" "$smtps"
		chmod 600 "$home/key.pem" "$home/users" "$home/exim.conf"
		[ "$(id -u)" != 0 ] || chown -R nobody "$home"
		if as_server dovecot -c "$home/dovecot.conf" >"$home/start.log" 2>&1 &&
			as_server exim4 -C "$home/exim.conf" -bd >>"$home/start.log" 2>&1 && wait_for_exim; then
			break
		fi
		end
		tries=$((tries + 1))
		[ $tries -lt 5 ] || fail "the servers did not start: $(tail -n 5 "$home/start.log" "$home"/*log)"
	done
	cat >"$home/server.new" <<END
imap=127.0.0.1:$imap
imaps=127.0.0.1:$imaps
smtp=127.0.0.1:$smtp
smtps=127.0.0.1:$smtps
ca=$home/cert.pem
city=$city
citizen=$citizen
password=$password
END
	mv "$home/server.new" "$home/server"
	echo "$home/server"
}

# Exim listens when it has written its number.
wait_for_exim() {
	n=0
	until alive "$home/exim.pid"; do
		n=$((n + 1))
		[ $n -lt 100 ] || return 1
		sleep 0.05
	done
}

# end stops the programs whose numbers lie in home.
end() {
	for pid in "$home/exim.pid" "$home/run/master.pid"; do
		if alive "$pid"; then
			as_server kill "$(cat "$pid")" 2>/dev/null || true
			n=0
			while alive "$pid" && [ $n -lt 100 ]; do
				n=$((n + 1))
				sleep 0.05
			done
		fi
	done
}

stop() {
	end
	rm -rf "$home"
}

case "${1:-}" in
start) start ;;
url)
	home=$(home)
	[ -f "$home/server" ] || fail "not running; start it with: tools/mail.sh start"
	echo "$home/server"
	;;
stop)
	home=$(home)
	stop
	;;
*)
	sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
