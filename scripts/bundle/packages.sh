# shellcheck shell=bash
# Debian packages for hosts without a network, with everything they need beyond a minimal server. Sourced.

host_packages="containerd runc conntrack socat ethtool ebtables iptables ipset iproute2 kmod procps haproxy keepalived chrony"
# What a host has at least: debootstrap's minbase and the packages without which martlet could not reach it.
base_extra="apt usr-is-merged systemd systemd-sysv dbus openssh-server sudo"

resolve() { # resolve STATUS-FILE PACKAGE...: "name version" of what apt would install.
  local status="$1"
  shift
  apt_private apt-get "$status" -s --no-install-recommends install "$@" | awk '$1 == "Inst" { version = $0; sub(/^[^(]*\(/, "", version); sub(/ .*/, "", version); name = $2; sub(/:.*/, "", name); print name, version }'
}

# base_status FILE: a dpkg status file that pretends the base set is installed, so that apt itself computes the difference.
base_status() {
  local file="$1" required
  required="$(apt_private apt-cache "$apt_dir/no-packages" dumpavail | awk -v RS= '/\nPriority: required\n/ { sub(/^Package: /, "", $0); print $1 }' | LC_ALL=C sort -u)"
  [ -n "$required" ]
  # shellcheck disable=SC2086
  resolve "$apt_dir/no-packages" $required $base_extra >"$file.names"
  # One call for all: each start of apt-cache reads the whole index.
  # shellcheck disable=SC2046
  apt_private apt-cache "$apt_dir/no-packages" show $(tr ' ' '=' <"$file.names") |
    awk -v RS= '{ sub(/^Package: [^\n]*/, "&\nStatus: install ok installed"); print $0 "\n" }' >"$file"
}

# fill_packages FOLDER: one file per package, and the list "name version file".
fill_packages() {
  local folder="$1" deb name
  base_status "$folder/status"
  mkdir -p "$folder/archives/partial" "$folder/debs"
  # shellcheck disable=SC2086
  apt_private apt-get "$folder/status" --no-install-recommends --download-only -o Dir::Cache::Archives="$folder/archives" install $host_packages
  for deb in "$folder"/archives/*.deb; do
    # Named without the version: file names with colons and tildes need quoting everywhere.
    name="$(dpkg-deb -f "$deb" Package)"
    mv "$deb" "$folder/debs/$name.deb"
    printf '%s %s\n' "$name" "$(dpkg-deb -f "$folder/debs/$name.deb" Version)"
  done >"$folder/versions"
  rm -rf "$folder/archives"
  for name in $host_packages; do
    test -f "$folder/debs/$name.deb" || grep -q "^$name " "$folder/status.names" || fail "the package $name was not downloaded" "see the log of this stage"
  done
}
