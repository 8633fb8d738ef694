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

# fill_go_image FOLDER: the toolchain without what needs a C compiler. The library is compiled here, so that a program is made in a
# second; only with -trimpath do its bytes not depend on where this is done.
fill_go_image() {
  local root="$1/go" name lib="usr/lib/go-$go_version" share="usr/share/go-$go_version"
  new_root "$root"
  add_debian "$root" "$lib"/bin/{go,gofmt}
  add_busybox "$root"
  mkdir -p "$root/$lib/pkg/tool/linux_$architecture" "$root/$share"
  for name in asm buildid compile link pack vet; do
    cp "$debian_files/$lib/pkg/tool/linux_$architecture/$name" "$root/$lib/pkg/tool/linux_$architecture/"
  done
  cp "$debian_files/$lib/VERSION" "$root/$lib/"
  cp -r "$debian_files/$share/pkg/include" "$root/$lib/pkg/"
  cp -r "$debian_files/$share/src" "$root/$share/"
  rm -rf "$root/$share/src/cmd"
  find "$root/$share/src" -name testdata -prune -exec rm -rf {} +
  find "$root/$share/src" -name '*_test.go' -delete
  ln -s "../../share/go-$go_version/src" "$root/$lib/src"
  (
    cd "$root"
    unset GOPATH GO111MODULE
    export GOROOT="$root/$lib" GOFLAGS=-trimpath CGO_ENABLED=0 GOOS=linux GOARCH="$architecture" GOCACHE="$1/cache"
    "$root/$lib/bin/go" install std
  )
  rm -rf "${1:?}/cache"
  sed "s|@GO@|/$lib/bin/go|" "$lab_recipes/go/go" >"$root/usr/local/bin/go"
  chmod 0755 "$root/usr/local/bin/go"
  ln -s "../../lib/go-$go_version/bin/gofmt" "$root/usr/local/bin/gofmt"
  write_image "$root" "$1/go.tar" "lab/go:$lab_tag" null '["sh"]'
}

# fill_python_image FOLDER
fill_python_image() {
  local root="$1/python"
  new_root "$root"
  # shellcheck disable=SC2046
  add_debian "$root" usr/bin/python3.11 \
    $(cd "$debian_files" && find usr/lib/python3.11/lib-dynload -name '*.so' | LC_ALL=C sort)
  add_busybox "$root"
  mkdir -p "$root/usr/lib/python3.11" "$root/etc/python3.11"
  cp -r "$debian_files/usr/lib/python3.11/." "$root/usr/lib/python3.11/"
  cp -r "$debian_files/etc/python3.11/." "$root/etc/python3.11/"
  ln -s python3.11 "$root/usr/bin/python3"
  write_image "$root" "$1/python.tar" "lab/python:$lab_tag" null '["sh"]'
}

# fill_registry_image FOLDER
fill_registry_image() {
  local root="$1/registry"
  new_root "$root"
  add_debian "$root" usr/bin/docker-registry
  install -m 0644 "$lab_recipes/registry/config.yml" "$root/etc/docker-registry.yml"
  mkdir -p "$root/var/lib/registry"
  chmod 1777 "$root/var/lib/registry"
  write_image "$root" "$1/registry.tar" "lab/registry:$lab_tag" '["/usr/bin/docker-registry"]' '["serve","/etc/docker-registry.yml"]' \
    '"User":"65534:65534","ExposedPorts":{"5000/tcp":{}}'
}

# fill_lab_images FOLDER: all of them in one place, with what they are made of.
fill_lab_images() {
  local folder
  for folder in "$sql_image" "$tools_image" "$fixtures_image" "$go_image" "$python_image" "$registry_image"; do
    ln "$folder"/*.tar "$folder"/*.reference "$1/" 2>/dev/null || cp "$folder"/*.tar "$folder"/*.reference "$1/"
  done
  cp "$debian_files/versions" "$1/debian-versions"
}
