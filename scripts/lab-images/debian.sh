# shellcheck shell=bash
# The Debian packages that lab images are made of, unpacked over each other. Sourced after scripts/bundle/*.

# What the images run; apt adds what these need.
lab_packages="libc6 mariadb-server-core mariadb-client-core curl jq busybox-static ca-certificates python3.11-minimal libpython3.11-stdlib"
# The version of Debian's Go is part of its packages' names.
go_version=1.19
# For single files: what these need besides is needed by the packages above, too, or not at all.
lab_files_of="mariadb-client docker-registry golang-$go_version-go golang-$go_version-src"

# fill_lab_debian FOLDER: usr/ and the list of versions.
fill_lab_debian() {
  local folder="$1" name packages
  mkdir -p "$folder"/usr/{bin,sbin,lib,lib64}
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$folder/$name"; done
  # shellcheck disable=SC2086
  packages="$(resolve "$apt_dir/no-packages" $lab_packages | tr ' ' '=')"
  [ -n "$packages" ] || fail "apt knows none of: $lab_packages" "run scripts/make-lab-images --refresh"
  # shellcheck disable=SC2086
  unpack_debs "$folder" $packages $lab_files_of
  for name in "$folder"/.debs/*.deb; do dpkg-deb -W --showformat '${Package} ${Version}\n' "$name"; done | LC_ALL=C sort >"$folder/versions"
  rm -rf "$folder/.debs" "$folder"/usr/share/{doc,man,locale,lintian}
  for name in usr/sbin/mariadbd usr/bin/mariadb usr/bin/mariadb-admin usr/bin/curl usr/bin/jq usr/bin/busybox \
    usr/share/mysql/mysql_system_tables.sql usr/bin/python3.11 usr/bin/docker-registry "usr/lib/go-$go_version/bin/go" \
    "usr/share/go-$go_version/src/fmt"; do
    test -e "$folder/$name" || fail "$name is not in Debian's packages any more" "adapt scripts/lab-images/debian.sh"
  done
}
