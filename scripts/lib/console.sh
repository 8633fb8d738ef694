# shellcheck shell=bash
# What the scripts say, and how they run programs. Sourced, never run; the caller sets `program`.

cache_dir="${XDG_CACHE_HOME:-${HOME:=/root}/.cache}/martlet"
state_dir="${XDG_STATE_HOME:-$HOME/.local/state}/martlet"
export HOME

say() { printf '%s: %s\n' "$program" "$*" >&2; }

# fail WHAT WHAT-TO-DO [STATUS]: one message, then the end of the script.
fail() {
  printf '%s: error: %s\n' "$program" "$1" >&2
  printf '%s: what to do: %s\n' "$program" "$2" >&2
  exit "${3:-1}"
}

# The process group that is running at the moment; empty if there is none.
child=""

# run_child LOG COMMAND...: runs the command with its output in the file LOG, or on stderr if LOG is `-`.
#
# It gets a process group of its own, so that an interruption reaches it once, and through us; and it is told to end if this
# script dies without a chance to say so. Descriptors of the script stay here: hosts outlive it. Every 20 seconds the last
# line of the log is shown.
run_child() {
  local log="$1" start=$SECONDS shown=$SECONDS status=0
  shift
  set -m
  if [ "$log" = - ]; then
    setpriv --pdeathsig TERM "$@" </dev/null >&2 3>&- 9>&- &
  else
    setpriv --pdeathsig TERM "$@" </dev/null >>"$log" 2>&1 3>&- 9>&- &
  fi
  child=$!
  set +m
  if [ "$log" != - ]; then
    while kill -0 "$child" 2>/dev/null; do
      sleep 0.2
      [ $((SECONDS - shown)) -ge 20 ] || continue
      shown=$SECONDS
      printf '   ... %d s: %s\n' "$((SECONDS - start))" "$(last_line "$log")" >&2
    done
  fi
  wait "$child" || status=$?
  child=""
  return $status
}

last_line() {
  local line
  line="$(tail -c 2000 "$1" | tail -n 1 | tr -d '\r' | cut -c1-110)"
  printf '%s' "${line:-nothing said so far}"
}

# end_child: asks what is running to end and waits up to a minute for it to do so in good order. (SIGINT may be ignored by all
# of us, if a shell started this script in the background; SIGTERM is not.)
end_child() {
  [ -n "$child" ] || return 0
  kill -TERM -- "-$child" 2>/dev/null || true
  local tries=0
  while kill -0 -- "-$child" 2>/dev/null && [ $tries -lt 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -KILL -- "-$child" 2>/dev/null || true
  child=""
}

# show_tail LOG [LINES]: the end of a log, marked as a quotation.
show_tail() { tail -n "${2:-25}" "$1" | cut -c1-240 | sed 's/^/  | /' >&2; }
