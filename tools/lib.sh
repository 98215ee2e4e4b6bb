# Shared by the scripts beside it; sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# say LINE: what is being done now, on stderr so that stdout stays for results.
say() { printf '── %s\n' "$*" >&2; }

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# postgres_bin: the directory of the newest PostgreSQL server (15 or later) on this machine; fails if there is none.
postgres_bin() {
	local best='' best_major=14 dir major
	for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin "$(dirname "$(command -v postgres || echo /nowhere/postgres)")"; do
		[ -x "$dir/postgres" ] && [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ] || continue
		major=$("$dir/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
		if [ "$major" -gt "$best_major" ]; then best=$dir best_major=$major; fi
	done
	[ -n "$best" ] && printf '%s\n' "$best"
}

# chromium_bin: the browser that the tests drive; CHROMIUM overrides the search.
chromium_bin() {
	local name
	for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; do
		command -v "$name" && return
	done
	return 1
}

# memory_dir: a new directory in memory for what tests write, so that they wait for no disk; fails where there is none with
# room, or where programs cannot be started from it, as some tests do.
memory_dir() {
	local dir=/dev/shm free available
	[ -d "$dir" ] && [ -w "$dir" ] || return 1
	free=$(df -Pk "$dir" | awk 'NR == 2 { print $4 }')
	available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
	[ "${free:-0}" -gt $((4 << 20)) ] && [ "${available:-0}" -gt $((8 << 20)) ] || return 1 # 4 GiB in 8 GiB
	dir=$(mktemp -d "$dir/houvast-test.XXXXXX") || return 1
	printf '#!/bin/sh\n' >"$dir/try" && chmod +x "$dir/try" && "$dir/try" 2>/dev/null || { rm -rf "$dir"; return 1; }
	rm -f "$dir/try"
	chmod 755 "$dir" # programs that are started as another account stand in it
	printf '%s\n' "$dir"
}
