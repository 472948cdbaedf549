#!/bin/sh
# Makes sure that programs of the system are there: need.sh PROGRAM[=PACKAGE]...
# What is missing is installed with apt-get where this user may do that; elsewhere
# it says what to install. It says what it installs and touches nothing else.
set -eu

missing=
for want; do
	program=${want%%=*}
	command -v "$program" >/dev/null 2>&1 || missing="$missing ${want#*=}"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "need.sh: please install:$missing" >&2
	exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1 || ! sudo -n true 2>/dev/null; then
		echo "need.sh: this user may not install packages. Run: apt-get install$missing" >&2
		exit 1
	fi
	sudo="sudo -n"
fi
echo "need.sh: installing with apt-get:$missing" >&2
# shellcheck disable=SC2086 # a list of words
{ $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing; } >&2
