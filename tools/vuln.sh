#!/usr/bin/env bash
# Looks for known vulnerabilities in what the program really calls. With TANGGAP_DATA
# set, the database comes from its vulndb folder and no network is needed.
set -euo pipefail
cd "$(dirname "$0")/.."
args=()
archive=${TANGGAP_DATA:-}/vulndb/vulndb.tar.xz
if [ -f "$archive" ]; then
	mkdir -p .cache/vulndb
	tar -xJf "$archive" -C .cache/vulndb
	args=(-db "file://$PWD/.cache/vulndb/vulndb-idx")
fi
go tool -modfile=tools/go.mod govulncheck "${args[@]}" ./...
