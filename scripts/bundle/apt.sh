# shellcheck shell=bash
# Debian's archive through a private apt state: nothing in /etc/apt is changed, and the host's own sources beyond Debian's
# archive (vendors' repositories, pins) cannot leak into a bundle. Sourced after common.sh.

apt_dir="$cache_dir/apt"

# debian_sources: prints "URI SUITE" for every configured entry of a component "main", from one-line lists and deb822 files.
debian_sources() {
  local etc="${MARTLET_APT_ETC:-/etc/apt}" file
  for file in "$etc/sources.list" "$etc"/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    # deb [options] URI SUITE COMPONENT...
    sed -e 's/#.*//' -e 's/\[[^]]*\]//' "$file" | awk '
      $1 == "deb" { for (i = 4; i <= NF; i++) if ($i == "main") { print $2, $3; break } }'
  done
  for file in "$etc"/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    # Comment lines go first: they may stand in the middle of a stanza. A continued field is one line that starts with blanks.
    sed '/^#/d' "$file" | awk '
      function flush(   u, s, i, j, n, m, c, k, ok) {
        n = split(f["uris"], u, /[ \t]+/); m = split(f["suites"], s, /[ \t]+/); k = split(f["components"], c, /[ \t]+/)
        for (i = 1; i <= k; i++) if (c[i] == "main") ok = 1
        if (ok && tolower(f["enabled"]) !~ /no|false|off|without/ && (" " f["types"] " ") ~ / deb /)
          for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) if (u[i] != "" && s[j] != "") print u[i], s[j]
        split("", f)
      }
      /^[ \t]*$/ { flush(); next }
      /^[ \t]/ { f[field] = f[field] " " $0; next }
      { field = tolower(substr($0, 1, index($0, ":") - 1)); value = substr($0, index($0, ":") + 1); sub(/^[ \t]+/, "", value); sub(/[ \t]+$/, "", value); f[field] = value }
      END { flush() }'
  done
}

# mirror_for main|security: the URI under which this machine reads that part of Debian's archive.
mirror_for() {
  local codename
  codename="$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-none}")"
  debian_sources | awk -v part="$1" -v codename="$codename" -v wanted="$debian_suite" '
    BEGIN { split("stable oldstable oldoldstable testing unstable sid", names, " "); for (i in names) known[names[i]] = 1
            known[codename] = 1; known[wanted] = 1 }
    { base = $2; security = sub(/(-security|\/updates)$/, "", base)
      if (!(base in known)) next
      if ((part == "security") == (security ? 1 : 0)) { print $1; exit } }'
}

# apt_private TOOL STATUS-FILE ARGUMENT...: apt-get or apt-cache with the private sources and lists.
apt_private() {
  local tool="$1" status="$2"
  shift 2
  "$tool" \
    -o Dir::Etc::SourceList="$apt_dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State::Lists="$apt_dir/lists" -o Dir::Cache="$apt_dir/cache" -o Dir::State::Status="$status" \
    -o APT::Architecture="$architecture" -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3 \
    -o APT::Get::Assume-Yes=true -o Dpkg::Use-Pty=0 -q "$@"
}

# apt_refresh: writes the private source list and fetches the indexes. Once per cache, or when asked for.
apt_refresh() {
  [ ! -f "$apt_dir/complete" ] || return 0
  local main security signed=""
  main="${MARTLET_DEBIAN_MIRROR:-$(mirror_for main)}"
  [ -n "$main" ] || fail "no source of Debian's archive (component main) is configured on this machine" \
    "run this on Debian 12 with its archive in /etc/apt, or set MARTLET_DEBIAN_MIRROR to the archive's URI"
  security="${MARTLET_DEBIAN_SECURITY_MIRROR:-$(mirror_for security)}"
  rm -rf "$apt_dir"
  mkdir -p "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
  : >"$apt_dir/no-packages"
  # Debian's own key, so that an archive that merely looks like Debian's is refused.
  [ ! -f /usr/share/keyrings/debian-archive-keyring.gpg ] || signed="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
  local kind
  for kind in deb deb-src; do
    printf '%s %s%s %s main\n' "$kind" "$signed" "$main" "$debian_suite"
    [ -z "$security" ] || printf '%s %s%s %s-security main\n' "$kind" "$signed" "$security" "$debian_suite"
  done >"$apt_dir/sources.list"
  say "reading the indexes of Debian's archive"
  apt_private apt-get /var/lib/dpkg/status update >"$cache_dir/apt-update.log" 2>&1 ||
    { tail -n 10 "$cache_dir/apt-update.log" >&2; fail "reading the indexes of Debian's archive failed" "check the network and $cache_dir/apt-update.log"; }
  # apt-get update also succeeds, with a warning, when nothing could be fetched.
  apt_private apt-cache /var/lib/dpkg/status showsrc --only-source kubernetes 2>/dev/null | awk '$1 == "Version:" { print $2 }' |
    LC_ALL=C sort -V | tail -n 1 >"$apt_dir/kubernetes-version"
  [ -s "$apt_dir/kubernetes-version" ] ||
    { tail -n 10 "$cache_dir/apt-update.log" >&2; fail "the source package kubernetes is not in the indexes of Debian's archive" "check the network and $cache_dir/apt-update.log"; }
  # Names the state of the archive, for the keys of what is made from it.
  cat "$apt_dir"/lists/*Release | sha256sum | cut -c1-16 >"$apt_dir/index-id"
  touch "$apt_dir/complete"
}

# need_tools: installs what the build runs on this machine; everything that goes into the bundle is unpacked, not installed.
need_tools() {
  local package missing=()
  for package in golang-go gcc libc6-dev dpkg-dev xz-utils ca-certificates patch; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || fail "missing packages on this machine: ${missing[*]}" "install them (apt-get install ${missing[*]}) or run as root"
  apt_refresh
  say "installing ${missing[*]}"
  DEBIAN_FRONTEND=noninteractive apt_private apt-get /var/lib/dpkg/status install --no-install-recommends "${missing[@]}" >"$cache_dir/tools.log" 2>&1 ||
    { tail -n 10 "$cache_dir/tools.log" >&2; fail "installing ${missing[*]} failed" "install them by hand, then run the command again"; }
}

# unpack_debs FOLDER PACKAGE...: downloads the packages and unpacks them below FOLDER, without installing anything.
unpack_debs() {
  local folder="$1"
  shift
  mkdir -p "$folder/.debs"
  (cd "$folder/.debs" && apt_private apt-get "$apt_dir/no-packages" download "$@")
  local deb
  for deb in "$folder"/.debs/*.deb; do
    # Not dpkg-deb -x: it would replace the links of a merged /usr by folders.
    dpkg-deb --fsys-tarfile "$deb" | tar -C "$folder" --keep-directory-symlink -xf -
  done
}
