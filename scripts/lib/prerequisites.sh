# shellcheck shell=bash
# The only list of Debian packages that the scripts install, and how. Sourced after console.sh.
#
# What make-bundle needs to compile Kubernetes it installs itself (scripts/bundle/apt.sh): only a machine without a cached
# bundle needs a Go compiler.

# To compile and link: the three C libraries, and what a Swift toolchain takes from the system.
build_packages=(libyaml-dev libssh2-1-dev libcurl4-openssl-dev pkg-config git ca-certificates binutils gcc libc6-dev
  libstdc++-12-dev zlib1g-dev tzdata libncurses6 libsqlite3-0 libxml2)
# To carry local hosts; Sources/LocalHosts/Prerequisites.swift names the same.
host_packages=(systemd-container debootstrap openssh-client iproute2 iptables util-linux)
# To read the answers of martlet in a script.
script_packages=(jq procps)
# The tests talk to private servers (sshd, a web server in Python, functions in Node.js), through several shells, look at scripts, and hold up
# system calls.
test_packages=(openssh-server sudo python3 nodejs shellcheck curl strace busybox)
# The labs of chapter 1 are proven with a Go toolchain and a container engine. runc, not crun: crun refuses machines whose control
# groups are of both versions.
lab_packages=(golang-go podman runc netavark)

# missing_packages PACKAGE...: those of them that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || printf '%s\n' "$package"
  done
}

# require_root_on_debian: the scripts install packages and make hosts; anything else would fail later and worse.
require_root_on_debian() {
  [ "$(id -u)" = 0 ] || fail "this installs packages and makes hosts, so it has to run as root" "run it again with sudo" 78
  local id version
  id="$(. /etc/os-release 2>/dev/null && printf '%s' "${ID:-}")" || true
  version="$(. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_ID:-}")" || true
  [ "$id" = debian ] && [ "$version" = 12 ] ||
    fail "this is made for Debian 12, and this machine says it is ${id:-something else} $version" \
      "use a machine or a virtual machine with Debian 12; martlet itself runs on any Linux (README.md)" 78
}

# require_swift: before anything is installed.
require_swift() {
  command -v swift >/dev/null ||
    fail "there is no swift in PATH" "install Swift 6.2 or newer for Debian 12 (https://www.swift.org/install/linux/) and put it into PATH" 78
}

# require_swift_version: after the libraries are there that the toolchain takes from the system. Package.swift names the oldest.
require_swift_version() {
  local version
  version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)"
  [ -n "$version" ] || fail "swift --version does not work" "run it and look at what it says" 78
  [ "$(printf '6.2\n%s\n' "$version" | sort -V | head -n 1)" = 6.2 ] ||
    fail "Swift $version is too old" "install Swift 6.2 or newer (https://www.swift.org/install/linux/)" 78
}

# install_packages LOG PACKAGE...: installs what is missing. The indexes are read only if apt cannot do without.
install_packages() {
  local log="$1" missing
  shift
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || { say "every package that is needed is installed"; return 0; }
  say "installing ${missing[*]}"
  # An installation that was interrupted earlier is finished first, or apt refuses to begin.
  [ -z "$(dpkg --audit 2>/dev/null)" ] || run_child "$log" dpkg --configure -a || true
  # The tests start servers of their own; the machine itself should not get one that listens on port 22.
  if [[ " ${missing[*]} " == *" openssh-server "* ]] && [ ! -e /etc/systemd/system/ssh.service ]; then
    say "the service ssh of this machine stays off (systemctl unmask ssh turns it on)"
    mkdir -p /etc/systemd/system
    ln -s /dev/null /etc/systemd/system/ssh.service
  fi
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
  local install=("${apt[@]}" install --yes --no-install-recommends "${missing[@]}")
  run_child "$log" "${install[@]}" && return 0
  run_child "$log" "${apt[@]}" update && run_child "$log" "${install[@]}" && return 0
  show_tail "$log" 12
  fail "installing Debian packages failed: ${missing[*]}" \
    "check the network and /etc/apt (all that apt said: $log), then run this again"
}
