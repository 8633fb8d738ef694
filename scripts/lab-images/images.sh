# shellcheck shell=bash
# The images of labs, written with the functions of scripts/bundle/images.sh. Sourced.

# Part of every reference; raised when an image changes in a way that a manifest could notice.
lab_tag=1
# Nobody on a lab host has this number; the usual database images use it, too.
sql_user=999:999

# add_client ROOT: the SQL client under both of its names, and the ways to prove who one is that servers may ask for.
add_client() {
  local root="$1" name
  # shellcheck disable=SC2046
  add_debian "$root" usr/bin/mariadb usr/bin/mariadb-admin \
    $(cd "$debian_files" && find usr/lib/x86_64-linux-gnu/libmariadb3/plugin -name '*.so' | LC_ALL=C sort)
  for name in '' admin; do ln -s "mariadb${name:+-$name}" "$root/usr/bin/mysql$name"; done
}

# fill_sql_image FOLDER
fill_sql_image() {
  local root="$1/sql" name
  new_root "$root"
  add_debian "$root" usr/sbin/mariadbd
  add_client "$root"
  ln -s mariadbd "$root/usr/sbin/mysqld"
  mkdir -p "$root/usr/share/mysql" "$root/etc/mysql" "$root/var/lib/mysql" "$root/run/mysqld"
  for name in charsets english mysql_system_tables.sql mysql_performance_tables.sql mysql_system_tables_data.sql \
    maria_add_gis_sp_bootstrap.sql mysql_sys_schema.sql; do
    cp -r "$debian_files/usr/share/mysql/$name" "$root/usr/share/mysql/"
  done
  add_busybox "$root"
  install -m 0755 "$lab_recipes/sql/entry" "$root/usr/local/bin/lab-sql"
  install -m 0644 "$lab_recipes/sql/my.cnf" "$root/etc/mysql/my.cnf"
  printf 'mysql:x:%s::/var/lib/mysql:/bin/false\n' "$sql_user" >>"$root/etc/passwd"
  printf 'mysql:x:%s:\n' "${sql_user#*:}" >>"$root/etc/group"
  # For any user that a manifest may choose. The layer's files belong to root, and so do these.
  chmod 1777 "$root/var/lib/mysql" "$root/run/mysqld"
  write_image "$root" "$1/sql.tar" "lab/sql:$lab_tag" '["/usr/local/bin/lab-sql"]' '["mariadbd"]' \
    "\"User\":\"$sql_user\",\"ExposedPorts\":{\"3306/tcp\":{}}"
}

# fill_tools_image FOLDER
fill_tools_image() {
  local root="$1/tools"
  new_root "$root"
  add_debian "$root" usr/bin/curl usr/bin/jq
  add_client "$root"
  add_busybox "$root"
  install -m 0755 "$lab_recipes/tools/lab-storage" "$root/usr/local/bin/lab-storage"
  mkdir -p "$root/etc/ssl/certs"
  # What update-ca-certificates does, without the links by hash that curl does not read.
  find "$debian_files/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort |
    while read -r certificate; do cat "$certificate"; echo; done >"$root/etc/ssl/certs/ca-certificates.crt"
  write_image "$root" "$1/tools.tar" "lab/tools:$lab_tag" null '["sh"]'
}

# fill_fixtures_program FOLDER: needs nothing but Go's own library.
fill_fixtures_program() {
  local work="$1/src/martlet/fixtures"
  mkdir -p "$work"
  cp "$lab_recipes"/fixtures/*.go "$work/"
  (
    cd "$work"
    export GOPATH="$1" GO111MODULE=off GOFLAGS="-trimpath -buildvcs=false" GOCACHE="$cache_dir/go-build"
    export CGO_ENABLED=0 GOOS=linux GOARCH="$architecture"
    go build -ldflags "-s -w" -o "$1/fixtures" .
  )
  rm -rf "$1/src"
}

# fill_fixtures_image FOLDER
fill_fixtures_image() {
  local root="$1/fixtures"
  new_root "$root"
  add_program "$root" "$fixtures_program/fixtures"
  write_image "$root" "$1/fixtures.tar" "lab/fixtures:$lab_tag" '["/usr/local/bin/fixtures"]' null \
    '"User":"65534:65534","ExposedPorts":{"8080/tcp":{},"8081/tcp":{},"8082/tcp":{},"8083/tcp":{}}'
}

# fill_lab_images FOLDER: all of them in one place, with what they are made of.
fill_lab_images() {
  local folder
  for folder in "$sql_image" "$tools_image" "$fixtures_image"; do
    ln "$folder"/*.tar "$folder"/*.reference "$1/" 2>/dev/null || cp "$folder"/*.tar "$folder"/*.reference "$1/"
  done
  cp "$debian_files/versions" "$1/debian-versions"
}
