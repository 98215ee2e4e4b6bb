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
