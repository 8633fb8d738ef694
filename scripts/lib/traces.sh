# shellcheck shell=bash
# Finds what local hosts may have left on this machine. Sourced.

# names_in_records FOLDER: names of devices and containers in the records of all fleets below FOLDER.
names_in_records() {
  find "$1" -name fleet.json -exec grep -hoE '"(bridge|machine)" *: *"[^"]+"' {} + 2>/dev/null | sed 's/.*"\([^"]*\)"$/\1/' | sort -u
}

# traces_left FOLDER NAME...: a line for each mount below FOLDER, process that names it, and device, control group or
# firewall rule of the names.
traces_left() {
  local folder="$1" name process group
  shift
  awk -v below="$folder/" 'index($5, below) == 1 { print "mount " $5 }' /proc/self/mountinfo
  for process in /proc/[0-9]*; do
    # This script and its own children name the folder, too.
    [ "${process#/proc/}" != $$ ] || continue
    # It may end while we look.
    case "$({ tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null)" in
      *martlet-keeper*"$folder/"* | systemd-nspawn*"$folder/"*) printf 'process %s\n' "${process#/proc/}" ;;
    esac
  done
  for name in "$@"; do
    [ ! -e "/sys/class/net/$name" ] || printf 'network device %s\n' "$name"
    [ ! -e "/sys/class/net/vb-$name" ] || printf 'network device vb-%s\n' "$name"
    for group in "/sys/fs/cgroup/martlet-$name" /sys/fs/cgroup/*/"martlet-$name"; do
      [ ! -d "$group" ] || printf 'control group %s\n' "$group"
    done
    ! command -v iptables >/dev/null || iptables -w -S FORWARD 2>/dev/null | grep -F -- "-i $name " || true
  done
}
