#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Gather what a board needs and nobody builds here: files of the archive's packages (package_file=), and of vendors (blob=), who give
# them out under licences of their own. Usage: BOARD=NAME blobs.sh
# Leaves BUILD/NAME/blobs/{boot,u-boot}/, blobs.json, and `missing`, which has a line for each file that somebody has to bring.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=json.sh
. "$TOP/board/build/json.sh"

load_board "${BOARD:?}"
BLOBS=${BOOTCHAIN_BLOBS:-${XDG_DATA_HOME:-$HOME/.local/share}/bootchain/blobs}
DIR=$BUILD/${CONF[name]}/blobs

lock "${CONF[name]}-blobs"
rm -rf -- "$DIR.new"
mkdir -p "$DIR.new/boot" "$DIR.new/u-boot" || die "cannot write in $BUILD/${CONF[name]}: check the space and the rights there"
: >"$DIR.new/missing"
digests=()

# put FILE PLACE
put() {
	[ ! -e "$DIR.new/$2" ] || die "board/${CONF[name]}/board.conf: two files are to be at $2"
	install -m 644 -- "$1" "$DIR.new/$2" || die "cannot write $DIR.new/$2: check the space there"
	digests+=("$2" "$(sha256_of "$1")")
}

package_files() {
	local suite component arch package path place tree
	while read -r suite component arch package path place; do
		[ -n "$suite" ] || continue
		[ "$component" = main ] || suite+=/$component
		tree=$("$TOP/board/build/fetch.sh" unpacked "package-$package" "$suite" "$arch" "$package") || exit 1
		[ -f "$tree/$path" ] || die "the package $package has no $path: package_file= in board/${CONF[name]}/board.conf names it"
		put "$tree/$path" "$place"
	done <<<"${CONF[package_file]}"
}

# unpack_self ARCHIVE GLOB: the members that fit, of an archive that is a program and unpacks itself into a directory of its own name.
unpack_self() {
	local work member found=0
	work=$(mktemp -d "$DIR.new/unpack.XXXXXX") || die "cannot write in $DIR.new"
	(cd "$work" && sh "$1" --auto-accept --force) >"$BUILD/${CONF[name]}/blobs.log" 2>&1 ||
		die "$1 could not unpack itself: $BUILD/${CONF[name]}/blobs.log says why"
	shopt -s nullglob
	# shellcheck disable=SC2231 # the glob of board.conf
	for member in "$work"/*/$2; do
		put "$member" "u-boot/$(basename "$member")"
		found=1
	done
	rm -rf -- "$work"
	[ $found = 1 ] || die "$1 has no $2: blob= in board/${CONF[name]}/board.conf names it"
}

vendor_files() {
	local file sha256 place from
	while read -r file sha256 place from; do
		[ -n "$file" ] || continue
		if [ ! -f "$BLOBS/$file" ]; then
			printf '%s: from %s; put it into %s (SHA-256 %s)\n' "$file" "$from" "$BLOBS" "$sha256" >>"$DIR.new/missing"
			continue
		fi
		[ "$(sha256_of "$BLOBS/$file")" = "$sha256" ] ||
			die "$BLOBS/$file is not the file that board/${CONF[name]}/board.conf means: its SHA-256 must be $sha256"
		case $place in
		u-boot:*) unpack_self "$BLOBS/$file" "${place#*:}" ;;
		*) put "$BLOBS/$file" "$place" ;;
		esac
	done <<<"${CONF[blob]}"
}

package_files
vendor_files
json_object "${digests[@]}" >"$DIR.new/blobs.json"
# Another run may be reading; what is the same stays.
if diff -qr -- "$DIR.new" "$DIR" >/dev/null 2>&1; then
	rm -rf -- "$DIR.new"
else
	rm -rf -- "$DIR"
	mv -T -- "$DIR.new" "$DIR" || die "cannot write $DIR"
fi
while IFS= read -r line; do
	warn "missing: $line"
done <"$DIR/missing"
