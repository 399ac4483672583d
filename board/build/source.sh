# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables for, and of, the scripts that source this
#
# Sourced after common.sh: source trees with a series applied, and Kconfig fragments.

export CCACHE_DIR=$CACHE/ccache
# Hits in another checkout too: paths under BUILD count as relative.
export CCACHE_BASEDIR=$BUILD CCACHE_NOHASHDIR=1

series() { [ ! -d "$1" ] || find "$1" -maxdepth 1 -name '*.patch' | sort; }

# series_id DIR: one hash over the series' names and contents.
series_id() {
	local list
	list=$(series "$1")
	[ -n "$list" ] || { echo none; return; }
	# shellcheck disable=SC2046,SC2086 # one name a line, no blanks in them
	(cd "$1" && sha256sum -- $(basename -a $list) | sha256sum | cut -d' ' -f1)
}

# source_tree NAME SHA256 SERIES EXTRACT...: leave build/src/NAME with the series applied; EXTRACT unpacks into the
# directory that it gets as its last argument. Set SRC, and SRC_NEW=1 when the tree was made anew.
source_tree() {
	local name=$1 series=$3 stamp patch
	stamp="$2 $(series_id "$3")"
	shift 3
	SRC=$BUILD/src/$name SRC_NEW=0
	lock "$name"
	if [ "$(cat "$SRC/.bootchain" 2>/dev/null)" != "$stamp" ]; then
		rm -rf -- "$SRC" "$SRC.new"
		mkdir -p "$SRC.new" || die "cannot make $SRC.new: check the space and the rights there"
		run_logged "$BUILD/src/$name.log" "unpacking $name" "$@" "$SRC.new"
		for patch in $(series "$series"); do
			# No fuzz, as git am; where a hunk's line moved is no matter.
			run_logged "$BUILD/src/$name.log" "applying ${patch#"$TOP"/} to $name" \
				patch -d "$SRC.new" -p1 -F0 -N --no-backup-if-mismatch -i "$patch"
		done
		printf '%s\n' "$stamp" >"$SRC.new/.bootchain"
		mv -- "$SRC.new" "$SRC"
		SRC_NEW=1
	fi
	unlock
}

# linux_unpack DEB DIR: the tarball inside the package, without a copy of it on disk.
linux_unpack() {
	set -o pipefail
	dpkg-deb --fsys-tarfile "$1" | tar -xOf - --wildcards './usr/src/linux-source-*.tar.xz' | tar --strip-components=1 -xJf - -C "$2"
}

# own_tree VARIABLE DIR: check a person's own tree, and set SRC.
own_tree() {
	[ -f "$2/Makefile" ] && [ -f "$2/Kbuild" ] || die "$1=$2 is no source tree: it has no Makefile and Kbuild"
	# shellcheck disable=SC2034 # used by the sourcing script
	SRC=$(cd "$2" && pwd -P) SRC_NEW=0
	[ ! -e "$2/.config" ] || die "$1=$2 was built inside: run \`make mrproper\` there, so that it can be built beside"
}

# own_tree_id DIR: what a person's tree is, for build.json.
own_tree_id() {
	git -C "$1" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown
}

# merge_fragments OUT FILE...: the symbols of all fragments in one file.
merge_fragments() {
	local out=$1
	shift
	grep -hE '^(CONFIG_|# CONFIG_.* is not set)' "$@" >"$out"
}

# check_fragments CONFIG FILE...: every symbol must stand in CONFIG as the last fragment that has it wants it.
check_fragments() {
	local config=$1 line name file lost=0
	local -A want=() from=()
	shift
	for file; do
		while IFS= read -r line; do
			name=${line#\# }
			name=${name%%[= ]*}
			want[$name]=$line from[$name]=$file
		done < <(grep -E '^(CONFIG_|# CONFIG_.* is not set)' "$file")
	done
	for name in "${!want[@]}"; do
		line=${want[$name]}
		case $line in
		\#*) grep -q "^$name=" "$config" || continue ;;
		*=n) grep -q "^$name=" "$config" || continue ;;
		*) ! grep -qxF -- "$line" "$config" || continue ;;
		esac
		warn "${from[$name]#"$TOP"/}: '$line' did not survive: the configuration has '$(grep -E "^(# )?${name}[= ]" "$config" || echo "no $name")'"
		lost=1
	done
	[ $lost = 0 ] || die "symbols of the fragments were lost: a symbol that they depend on is off, or they have another name in this version"
}

# build_tree LABEL OWN RESULT TARGET...: configure and build SRC in DIR, with the caller's kbuild, configure, FRAGMENTS, key and
# configuration. Ends the script when a finished build of the same inputs is there, which the caller notes with build_done; OWN, a
# person's own tree, is always left to make. DONE: where that is noted, if several boards share DIR; MORE: what counts for this one besides.
build_tree() {
	lock "${CONF[name]}-$3"
	DONE=${DONE:-$DIR/.done}
	if [ -z "$2" ] && [ "$(cat "$DONE" 2>/dev/null)" = "$key $configuration${MORE:-}" ] && [ -s "$OUT/$3.json" ]; then
		exit 0
	fi
	if [ "$(cat "$DIR/.source" 2>/dev/null)" != "$key" ]; then
		# Another source, or other patches: times of files say nothing now. ccache makes up for it.
		rm -rf -- "$DIR"
	fi
	mkdir -p "$DIR" "$OUT" || die "cannot write in $BUILD: check the space and the rights there"
	rm -f -- "$DONE"
	printf '%s\n' "$key" >"$DIR/.source"
	if [ "$(cat "$DIR/.configured" 2>/dev/null)" != "$configuration" ]; then
		run_logged "$DIR.log" "configuring $1" configure
		check_fragments "$DIR/.config" "${FRAGMENTS[@]}"
		printf '%s\n' "$configuration" >"$DIR/.configured"
	fi
	run_logged "$DIR.log" "building $1" kbuild "${@:4}"
}

build_done() { printf '%s\n' "$key $configuration${MORE:-}" >"$DONE"; }
