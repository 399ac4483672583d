# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Sourced: the few lines of JSON that build.json needs.

json_string() {
	local s=$1
	s=${s//\\/\\\\} s=${s//\"/\\\"} s=${s//$'\n'/\\n} s=${s//$'\t'/\\t}
	printf '"%s"' "$(tr -d '\000-\037' <<<"$s")"
}

# json_object KEY VALUE...: all values are strings.
json_object() {
	local comma=
	printf '{'
	while [ $# -gt 1 ]; do
		printf '%s%s:%s' "$comma" "$(json_string "$1")" "$(json_string "$2")"
		comma=,
		shift 2
	done
	printf '}'
}

# json_patches DIR: [{"file","sha256","patch_id"}], in the order of the series.
json_patches() {
	local patch comma=
	printf '['
	for patch in $(series "$1"); do
		printf '%s%s' "$comma" "$(json_object file "$(basename "$patch")" sha256 "$(sha256_of "$patch")" \
			patch_id "$(git patch-id --stable <"$patch" | cut -d' ' -f1)")"
		comma=,
	done
	printf ']'
}

# json_files FILE...: {"name":"sha256"}
json_files() {
	local file args=()
	for file; do
		args+=("$(basename "$file")" "$(sha256_of "$file")")
	done
	json_object "${args[@]}"
}
