#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# deps.sh [LIST]: check that every package of LIST is installed; install what is missing when that is possible.
# Without LIST: board/build/packages, and with BOARD=NAME board/NAME/packages, if there is one.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
	die "this needs Debian 12 (bookworm) or a relative of it: there is no dpkg-query or apt-get here"
os=$(sed -n 's/^\(ID\|VERSION_ID\)="\{0,1\}\([^"]*\).*/\2/p' /etc/os-release 2>/dev/null | sort -r | tr '\n' ' ')
[ "$os" = "debian 12 " ] || say "not tested on ${os:-this system}: this was written for Debian 12; going on"

lists=("$TOP/board/build/packages")
[ ! -f "$TOP/board/${BOARD:-}/packages" ] || lists+=("$TOP/board/$BOARD/packages")
[ $# = 0 ] || lists=("$1")
wanted=$(sed 's/#.*//' "${lists[@]}" | tr -s ' \t\n' '\n' | sed '/^$/d' | sort -u)
# shellcheck disable=SC2086 # one name a line
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' | sort -u) || true
missing=$(comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed") | tr '\n' ' ')
missing=${missing% }
[ -n "$missing" ] || exit 0

line="apt-get install --no-install-recommends -y $missing"
install() {
	# A machine that has no lists yet (a fresh container) cannot find any package.
	# shellcheck disable=SC2086 # a list of words
	"$@" apt-get update && "$@" $line
}
if [ "$(id -u)" = 0 ]; then
	say "missing packages; running: $line"
	export DEBIAN_FRONTEND=noninteractive
	install env || die "that failed: the lines above say why; when it is mended, run again"
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
	say "missing packages; running: sudo $line"
	install sudo || die "that failed: the lines above say why; when it is mended, run again"
else
	say "sudo $line"
	die "packages are missing, and nobody is here to give a password: run the line above, then run again"
fi
