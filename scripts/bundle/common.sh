# shellcheck shell=bash
# Shared by all recipes: messages, the cache, and "build once, rename when complete". Sourced, never run.
set -euo pipefail

recipe_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cache_dir="${XDG_CACHE_HOME:-$HOME/.cache}/martlet"

# One place for the versions that the bundle is about.
kube_version="1.20.2"
architecture="amd64"
debian_suite="bookworm"
debian_id="debian-12"
image_repository="k8s.gcr.io"
pause_tag="3.2"     # what kubeadm 1.20 asks for
etcd_tag="3.4.13-0" # likewise
dns_tag="0.1.0"
busybox_tag="1.35"

# Another script that uses these recipes sets its own name before.
program="${program:-make-bundle}"

say() { printf '%s: %s\n' "$program" "$*" >&2; }

# fail WHAT WHAT-TO-DO: one message, then the end of the whole script.
fail() {
  printf '%s: error: %s\n' "$program" "$1" >&2
  [ $# -lt 2 ] || printf '%s: what to do: %s\n' "$program" "$2" >&2
  exit 1
}

# hash_of FILE-OR-FOLDER...: one short hash over the names (relative to the recipes) and contents, of what takes part in building.
hash_of() {
  (
    cd "$recipe_dir"
    find "$@" -type f ! -name '*.md' ! -name '*_test.go' ! -name test -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  ) | sha256sum | cut -c1-16
}

# text_hash STRING...: one short hash over the arguments.
text_hash() { printf '%s\n' "$@" | sha256sum | cut -c1-16; }

# stage NAME KEY FUNCTION: prints the folder $cache/NAME-KEY; if it is not there yet, FUNCTION is called with a temporary
# folder to fill, which is renamed at the end. An interrupted run leaves only a temporary folder, which the next run removes.
stage() {
  local name="$1" key="$2" function="$3"
  local final="$cache_dir/$name-$key"
  if [ ! -d "$final" ]; then
    local work="$cache_dir/.incomplete-$name-$key-$$" log="$cache_dir/$name.log" began=$SECONDS
    rm -rf "$work"
    mkdir -p "$work"
    say "making $name (log: $log)"
    # A subshell without the "||" of a condition, so that errexit holds inside the function.
    set +e
    (
      set -e
      "$function" "$work"
    ) >"$log" 2>&1
    local status=$?
    set -e
    if [ $status -ne 0 ]; then
      tail -n 25 "$log" | sed 's/^/  | /' >&2
      fail "making $name failed" "read the lines above (all of them: $log), then run the command again; finished stages are kept"
    fi
    mv -T "$work" "$final"
    say "made $name in $((SECONDS - began)) s"
  fi
  # The time of last use, by which old entries are removed.
  touch -c "$final"
  printf '%s\n' "$final"
}
