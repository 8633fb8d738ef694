# shellcheck shell=bash
# Programs of Debian packages that go into images or onto hosts as plain files. Sourced.

# fill_debian_files FOLDER: the packages unpacked over each other, as on a host with a merged /usr; nothing is installed here.
fill_debian_files() {
  local folder="$1" name
  mkdir -p "$folder"/usr/{bin,sbin,lib,lib64}
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$folder/$name"; done
  unpack_debs "$folder" libc6 etcd-server etcd-client busybox-static \
    iptables conntrack ipset libxtables12 libip4tc2 libip6tc2 libmnl0 libnftnl11 libnetfilter-conntrack3 libnfnetlink0 libipset13 libbsd0 libmd0 \
    containernetworking-plugins
  # The version of every package, for the bundle's manifest.
  for name in "$folder"/.debs/*.deb; do dpkg-deb -W --showformat '${Package} ${Version}\n' "$name"; done >"$folder/versions"
  rm -rf "$folder/.debs" "$folder/usr/share"
  for name in usr/bin/etcd usr/bin/busybox usr/sbin/xtables-nft-multi usr/sbin/conntrack usr/lib/cni/bridge; do
    test -x "$folder/$name" || fail "$name is not in Debian's packages any more" "adapt scripts/bundle/debian-files.sh"
  done
}

debian_version_of() { awk -v package="$1" '$1 == package { print $2 }' "$debian_files/versions"; }

# needed_libraries PROGRAM...: the paths (below the unpacked packages) of all shared libraries that they need, and the loader.
needed_libraries() {
  local -A seen=()
  local queue=("$@") file name library
  while [ ${#queue[@]} -gt 0 ]; do
    file="${queue[0]}"
    queue=("${queue[@]:1}")
    while read -r name; do
      [ -z "${seen[$name]:-}" ] || continue
      seen[$name]=1
      library="$(find "$debian_files/usr/lib/x86_64-linux-gnu" -maxdepth 1 -name "$name" | head -n 1)"
      [ -n "$library" ] || fail "the library $name, needed by ${file#"$debian_files/"}, is in none of the unpacked packages" "add its package to scripts/bundle/debian-files.sh"
      printf '%s\n' "${library#"$debian_files/"}"
      queue+=("$library")
    done < <(LC_ALL=C readelf -d -l "$file" 2>/dev/null |
      sed -n -e 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' -e 's/.*program interpreter: .*\/\([^]]*\)\].*/\1/p')
  done
}
