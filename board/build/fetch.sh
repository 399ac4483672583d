#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Fetch what is built, through apt's own machinery with a private configuration: the archive is the one that this
# machine's apt names, its signature is checked with the archive keyring, each file by its SHA-256 at each use.
# SUITE is trixie, or trixie/non-free-firmware where it is not the component main.
# Usage: fetch.sh uboot            prints FILE SHA256 VERSION
#        fetch.sh linux            prints FILE SHA256 VERSION
#        fetch.sh sysroot ARCH [quote]    prints the directory that holds the target's libraries; quote: those to ask a TPM with, too
#        fetch.sh emulator SUITE PROGRAM  prints the directory that holds another suite's QEMU, beside this machine's own
#        fetch.sh unpacked NAME SUITE ARCH PACKAGE...    prints the directory that holds these packages, without what they depend on
# REFRESH=1 asks the archive again although the cache is whole. Nothing is fetched otherwise.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# The suite of the sources, and the one that target programs come from (the build host's, for its C library).
SOURCE_SUITE=trixie
TARGET_SUITE=bookworm
# Debian 12 has no riscv64.
RISCV_SUITE=trixie
UBOOT_VERSION=2025.01
UBOOT_FILE=u-boot_$UBOOT_VERSION.orig.tar.bz2
UBOOT_SHA256=cdef7d507c93f1bbd9f015ea9bc21fa074268481405501945abc6f854d5b686f
LINUX_PACKAGE=linux-source-6.12
# Static libraries for the target's bootchain, and its userland.
TARGET_PACKAGES="attr busybox-static keyutils libattr1 libc6 libfdt-dev libjson-c-dev libkeyutils1 libmbedtls-dev zlib1g-dev"
# tpm2-tss and what it needs, which Debian has as shared libraries only.
QUOTE_PACKAGES="libssl3 libtss2-dev libtss2-esys-3.0.2-0 libtss2-mu0 libtss2-rc0 libtss2-sys1 libtss2-tcti-device0 libtss2-tctildr0"
# What the emulator needs besides is what this machine's own QEMU needs, too.
EMULATOR_PACKAGES="qemu-system-common qemu-system-data"
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

REFRESH=${REFRESH:-0}
TRIES=3
# An index (70 MB when unpacked) and the largest file, with room to spare.
SPACE_MB=400
UPDATE_SECONDS=900

# The cache may be used by several trees at once: one fetches, the others wait and then find the files.
mkdir -p "$CACHE" || die "cannot make the cache $CACHE: set XDG_CACHE_HOME to a directory that you can write"
exec 9>"$CACHE/.lock" || die "cannot write in the cache $CACHE: check its rights and the space there"
flock 9

# archive_uri STATE-OPTION...: the archive of this machine's apt that has our suites (not its security archive).
archive_uri() {
	# shellcheck disable=SC2016 # apt's own variables
	apt-get "$@" indextargets --format '$(CODENAME) $(REPO_URI)' 2>/dev/null |
		awk '$1 ~ /^(bookworm|trixie|forky|sid)$/ && !seen++ { print $2 }'
}

find_archive() {
	local uri=${BOOTCHAIN_ARCHIVE:-} state=$CACHE/apt/host
	[ -n "$uri" ] || uri=$(archive_uri)
	if [ -z "$uri" ]; then
		# This machine has sources, but no lists yet: fetch them aside, as anybody may.
		mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
		set -- -o "Dir::State=$state" -o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache"
		apt-get "$@" -o APT::Sandbox::User=root -o Acquire::Retries=3 update >"$state/log" 2>&1 || true
		uri=$(archive_uri "$@")
	fi
	[ -n "$uri" ] || die "apt on this machine names no Debian archive that answers: check the network and /etc/apt, or set BOOTCHAIN_ARCHIVE to the address of one"
	printf '%s\n' "$uri"
}

# apt_private SUITE ARCH COMMAND...: apt-get or apt-cache on a private state for SUITE.
apt_private() {
	local root=$CACHE/apt/${1//\//-}-$2 arch=$2
	shift 2
	timeout -k 5 $UPDATE_SECONDS "$1" -o "Dir::Etc=$root/etc" -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$root/etc/sources.list.d" \
		-o "Dir::State=$root/state" -o "Dir::State::Lists=$root/state/lists" -o Dir::State::status=/dev/null \
		-o "Dir::Cache=$root/cache" -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" \
		-o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Sandbox::User=root \
		-o APT::Get::List-Cleanup=false "${@:2}"
}

# index SUITE ARCH: bring the signed index of SUITE up to date.
index() {
	local suite=${1%/*} arch=$2 root=$CACHE/apt/${1//\//-}-$2 component=main uri try space
	[[ $1 != */* ]] || component=${1#*/}
	[ -r "$KEYRING" ] || die "the archive's keyring $KEYRING is missing: install the package debian-archive-keyring, then run again"
	# apt can hang, or fail without a word about it, where it cannot write.
	space=$(df --output=avail -m -- "$CACHE" | tail -n 1)
	[ "$space" -ge $SPACE_MB ] || die "fetching needs $SPACE_MB MB in $CACHE, and its disk has $((space)) left: free some space, then run again"
	uri=$(find_archive) || exit 1
	mkdir -p "$root/etc/sources.list.d" "$root/etc/preferences.d" "$root/etc/apt.conf.d" "$root/etc/trusted.gpg.d" \
		"$root/state/lists/partial" "$root/cache/archives/partial"
	printf '%s\n' "Types: deb deb-src" "URIs: $uri" "Suites: $suite" "Components: $component" "Signed-By: $KEYRING" \
		>"$root/etc/sources.list.d/archive.sources"
	for ((try = 1; try <= TRIES; try++)); do
		# Error-Mode: a list that could not be fetched is an error, not a warning.
		apt_private "$1" "$arch" apt-get -o APT::Update::Error-Mode=any update >"$root/log" 2>&1 && return 0
		[ $try = $TRIES ] || sleep $((try * 3))
	done
	! grep -qE 'No space left|rror writing' "$root/log" || die "the disk that holds $CACHE is full: free some space, then run again"
	grep -E '^(E|W|Err)' "$root/log" | tail -n 3 >&2 || true
	die "no index of $suite from the archive $uri after $TRIES tries: check the network (an archive can be out of step for minutes: then run again)"
}

# verified FILE SHA256: true when FILE is there and whole. A file with other contents is removed.
verified() {
	[ -f "$1" ] || return 1
	[ "$(sha256_of "$1")" = "$2" ] && return 0
	warn "$1 does not have its SHA-256 $2: removed, and fetched again"
	rm -f -- "$1"
	return 1
}

# download URI FILE SHA256: fetch aside, check, rename.
download() {
	local uri=$1 file=$2 sha256=$3 log=$CACHE/apt/download.log part=$2.part got
	mkdir -p "$(dirname "$log")"
	rm -f -- "$part"
	if ! /usr/lib/apt/apt-helper -o Acquire::Retries=$TRIES -o APT::Sandbox::User=root download-file "$uri" "$part" "SHA256:$sha256" >"$log" 2>&1; then
		got=$(grep -E '^(E|W):' "$log" | head -n 2 | tr '\n' ' ') || true
		rm -f -- "$part" "$part.FAILED"
		case "$got" in
		*[Hh]ash\ [Ss]um\ mismatch* | *"unexpected size"*)
			die "$uri does not have the SHA-256 $sha256: the archive or the way to it changed the file; nothing of it is kept, run again later" ;;
		*"No space left"* | *"Write error"*)
			die "the disk that holds $CACHE is full: free some space, then run again" ;;
		esac
		disk_is_full "$file" && die "the disk that holds $CACHE is full: free some space, then run again"
		die "cannot fetch $uri: check the network, then run again ($got)"
	fi
	verified "$part" "$sha256" || die "$uri arrived with another SHA-256 than $sha256: run again later"
	mv -f -- "$part" "$file" || die "cannot write $file: check the space and the rights of $CACHE"
}

# uris SUITE ARCH KIND PACKAGE: lines "URI FILE SHA256" from the signed index.
uris() {
	apt_private "$1" "$2" apt-get --print-uris "${@:3}" 2>/dev/null |
		sed -n "s/^'\([^']*\)' \([^ ]*\) [0-9]* SHA256:\([0-9a-f]*\)\$/\1 \2 \3/p"
}

HOST_ARCH=$(dpkg --print-architecture)

fetch_uboot() {
	local file=$CACHE/$UBOOT_FILE uri
	if ! verified "$file" "$UBOOT_SHA256"; then
		index "$SOURCE_SUITE" "$HOST_ARCH"
		uri=$(uris "$SOURCE_SUITE" "$HOST_ARCH" source --only-source u-boot | awk -v f="$UBOOT_FILE" '$2 == f { print $1 }')
		[ -n "$uri" ] || die "the index of $SOURCE_SUITE no longer lists $UBOOT_FILE: put the file into $CACHE by hand (SHA-256 $UBOOT_SHA256), or give a tree with UBOOT_SRC="
		download "$uri" "$file" "$UBOOT_SHA256"
	fi
	printf '%s %s %s\n' "$file" "$UBOOT_SHA256" "$UBOOT_VERSION"
}

# The list of a set of packages says what the signed index promised when they were fetched: "SHA256 FILE" lines.
list_verified() {
	local sha256 file
	[ -s "$1" ] || return 1
	while read -r sha256 file; do
		verified "$CACHE/$file" "$sha256" || return 1
	done <"$1"
}

# fetch_list LIST SUITE ARCH PACKAGE...: make the list and all its files whole.
fetch_list() {
	local list=$1 suite=$2 arch=$3 package uri file sha256 tmp
	shift 3
	# A list of other packages is one of another version of this tree.
	if [ "$REFRESH" != 1 ] && list_verified "$list" && [ "$(sed 's/^[^ ]* //; s/_.*//' "$list" | sort)" = "$(printf '%s\n' "$@" | sort)" ]; then
		return 0
	fi
	index "$suite" "$arch"
	tmp=$(mktemp "$list.XXXXXX")
	for package; do
		read -r uri file sha256 < <(uris "$suite" "$arch" download "$package") ||
			{ rm -f "$tmp"; die "the index of $suite ($arch) does not list $package: run again later"; }
		verified "$CACHE/$file" "$sha256" || { download "$uri" "$CACHE/$file" "$sha256"; }
		printf '%s %s\n' "$sha256" "$file" >>"$tmp"
	done
	mv -f -- "$tmp" "$list"
}

fetch_linux() {
	local sha256 file version
	fetch_list "$CACHE/$LINUX_PACKAGE.list" "$SOURCE_SUITE" "$HOST_ARCH" "$LINUX_PACKAGE"
	read -r sha256 file <"$CACHE/$LINUX_PACKAGE.list"
	# linux-source-6.12_6.12.117-1_all.deb
	version=${file#*_}
	printf '%s %s %s\n' "$CACHE/$file" "$sha256" "${version%%-*}"
}

# fetch_unpacked NAME DIR SUITE ARCH PACKAGE...: the packages side by side in DIR.
fetch_unpacked() {
	local list=$CACHE/$1.list dir=$2 file
	fetch_list "$list" "${@:3}"
	if ! cmp -s "$list" "$dir/.packages"; then
		rm -rf -- "$dir" "$dir.new"
		mkdir -p "$dir.new"
		while read -r _ file; do
			dpkg-deb -x "$CACHE/$file" "$dir.new" || die "cannot unpack $CACHE/$file into $dir.new: check the space there"
		done <"$list"
		cp -- "$list" "$dir.new/.packages"
		mv -- "$dir.new" "$dir"
	fi
	printf '%s\n' "$dir"
}

case "${1:-}" in
uboot) fetch_uboot ;;
linux) fetch_linux ;;
sysroot)
	name=${2:?usage: fetch.sh sysroot ARCH [quote]}${3:+-quote}
	[ "$2" != riscv64 ] || TARGET_SUITE=$RISCV_SUITE
	# shellcheck disable=SC2086 # lists of words
	fetch_unpacked "target-$name" "$BUILD/sysroot-$name" "$TARGET_SUITE" "$2" $TARGET_PACKAGES ${3:+$QUOTE_PACKAGES}
	;;
emulator)
	case ${3:?usage: fetch.sh emulator SUITE PROGRAM} in
	qemu-system-arm | qemu-system-aarch64) EMULATOR_PACKAGES+=" qemu-system-arm" ;;
	# OpenSBI is what the machine starts before U-Boot.
	qemu-system-riscv64) EMULATOR_PACKAGES+=" qemu-system-riscv opensbi" ;;
	*) die "fetch.sh: no package of QEMU is known for $3: add it here" ;;
	esac
	# shellcheck disable=SC2086 # a list of words
	fetch_unpacked "$3-$2" "$BUILD/$3-$2" "$2" "$HOST_ARCH" $EMULATOR_PACKAGES
	;;
unpacked) fetch_unpacked "$2" "$BUILD/$2" "${@:3}" ;;
*) die "usage: fetch.sh uboot | linux | sysroot ARCH [quote] | emulator SUITE PROGRAM | unpacked NAME SUITE ARCH PACKAGE..." ;;
esac
