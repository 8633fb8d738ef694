# shellcheck shell=bash
# Container images as docker-archive tars, made from files: no daemon, no registry, same bytes from the same content. Sourced.

search_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# new_root FOLDER: the folders and files that programs take for granted.
new_root() {
  local root="$1" name
  mkdir -p "$root"/{dev,etc,proc,sys,root,run,tmp,var/log,var/lib} "$root"/usr/{bin,sbin,lib,lib64,local/bin}
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
  printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
}

# add_debian ROOT PATH...: files of the unpacked packages at the same place, with the libraries they need.
add_debian() {
  local root="$1" path
  shift
  local programs=()
  for path in "$@"; do programs+=("$debian_files/$path"); done
  for path in "$@" $(needed_libraries "${programs[@]}"); do
    mkdir -p "$root/$(dirname "$path")"
    # Links are followed: a library lands under the name by which it is asked for.
    cp -L "$debian_files/$path" "$root/$path"
  done
  # The one absolute path in every dynamic program.
  ln -sf ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$root/usr/lib64/ld-linux-x86-64.so.2"
}

# add_busybox ROOT: busybox and a link for each of its commands that the root does not have yet.
add_busybox() {
  local root="$1" applet
  cp "$debian_files/usr/bin/busybox" "$root/usr/bin/busybox"
  while read -r applet; do
    [ -e "$root/usr/bin/$applet" ] || [ -L "$root/usr/sbin/$applet" ] || [ -e "$root/usr/sbin/$applet" ] ||
      ln -s busybox "$root/usr/bin/$applet"
  done < <("$debian_files/usr/bin/busybox" --list | grep -vx busybox)
}

# add_program ROOT FILE: one of the built programs, where kubeadm's manifests look for it.
add_program() { install -m 0755 "$2" "$1/usr/local/bin/$(basename "$2")"; }

pack() { tar --format=gnu --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$1" -cf "$2" .; }

# write_image ROOT FILE REFERENCE ENTRYPOINT-JSON COMMAND-JSON [MORE-JSON]: the root as a one-layer docker-archive. MORE-JSON are
# further members of the image's config, such as "User":"999".
write_image() {
  local root="$1" file="$2" reference="$3" entrypoint="$4" command="$5" more="${6:-}"
  local archive="$root.archive" layer config
  mkdir -p "$archive"
  pack "$root" "$archive/layer.tar"
  layer="$(sha256sum <"$archive/layer.tar" | cut -d' ' -f1)"
  mkdir "$archive/$layer"
  mv "$archive/layer.tar" "$archive/$layer/layer.tar"
  printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Env":["PATH=%s"],"Entrypoint":%s,"Cmd":%s,"WorkingDir":"/"%s},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"martlet scripts/make-bundle"}]}' \
    "$architecture" "$search_path" "$entrypoint" "$command" "${more:+,$more}" "$layer" >"$archive/config.json"
  config="$(sha256sum <"$archive/config.json" | cut -d' ' -f1)"
  mv "$archive/config.json" "$archive/$config.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":["%s/layer.tar"]}]' "$config" "$reference" "$layer" >"$archive/manifest.json"
  (cd "$archive" && tar --format=gnu --mtime=@0 --owner=0 --group=0 --numeric-owner --sort=name -cf "$file" manifest.json "$config.json" "$layer")
  printf '%s\n' "$reference" >"${file%.tar}.reference"
  rm -rf "$root" "$archive"
}

# fill_images FOLDER: everything except the cluster DNS, which changes more often.
fill_images() {
  local folder="$1" work="$1/work" name
  mkdir -p "$work"

  for name in kube-apiserver kube-controller-manager kube-scheduler; do
    new_root "$work/$name"
    add_program "$work/$name" "$kubernetes/bin/$name"
    write_image "$work/$name" "$folder/$name.tar" "$image_repository/$name:v$kube_version" null "[\"/usr/local/bin/$name\"]"
  done

  new_root "$work/kube-proxy"
  add_program "$work/kube-proxy" "$kubernetes/bin/kube-proxy"
  # shellcheck disable=SC2046
  add_debian "$work/kube-proxy" usr/sbin/xtables-nft-multi usr/sbin/xtables-legacy-multi usr/sbin/conntrack usr/sbin/ipset \
    $(cd "$debian_files" && find usr/lib/x86_64-linux-gnu/xtables -name '*.so' | LC_ALL=C sort)
  install -m 0755 "$recipe_dir/iptables-entry.sh" "$work/kube-proxy/usr/sbin/iptables-entry"
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    ln -s iptables-entry "$work/kube-proxy/usr/sbin/$name"
  done
  add_busybox "$work/kube-proxy"
  write_image "$work/kube-proxy" "$folder/kube-proxy.tar" "$image_repository/kube-proxy:v$kube_version" null '["/usr/local/bin/kube-proxy"]'

  new_root "$work/etcd"
  add_debian "$work/etcd" usr/bin/etcd usr/bin/etcdctl
  mv "$work/etcd/usr/bin/etcd" "$work/etcd/usr/bin/etcdctl" "$work/etcd/usr/local/bin/"
  add_busybox "$work/etcd"
  write_image "$work/etcd" "$folder/etcd.tar" "$image_repository/etcd:$etcd_tag" null '["/usr/local/bin/etcd"]'

  mkdir "$work/pause"
  gcc -std=gnu11 -Os -Wall -Wextra -Werror -static -s -o "$work/pause/pause" "$recipe_dir/pause/pause.c"
  write_image "$work/pause" "$folder/pause.tar" "$image_repository/pause:$pause_tag" '["/pause"]' null

  new_root "$work/busybox"
  mkdir -p "$work/busybox/var/www"
  add_busybox "$work/busybox"
  write_image "$work/busybox" "$folder/busybox.tar" "$image_repository/martlet/busybox:$busybox_tag" null '["sh"]'

  rmdir "$work"
}

fill_dns_image() {
  new_root "$1/cluster-dns"
  add_program "$1/cluster-dns" "$cluster_dns/cluster-dns"
  write_image "$1/cluster-dns" "$1/cluster-dns.tar" "$image_repository/martlet/cluster-dns:$dns_tag" '["/usr/local/bin/cluster-dns"]' null
}
