# shellcheck shell=bash
# The bundle's folder and its manifest, put together from the finished stages. Format: docs/bundle-format.md. Sourced.

# place FILE PATH: the file becomes PATH of the bundle. A hard link where possible: the stages are never written to again.
place() {
  mkdir -p "$bundle_folder/$(dirname "$2")"
  ln "$1" "$bundle_folder/$2" 2>/dev/null || cp --preserve=mode "$1" "$bundle_folder/$2"
}

# entry FILE PATH ATTRIBUTES: places the file and prints its line of the manifest; ATTRIBUTES is ready JSON.
entry() {
  place "$1" "$2"
  printf '    { "path": "%s", %s, "size": %s, "sha256": "%s" }\n' "$2" "$3" "$(stat -c %s "$1")" "$(sha256sum <"$1" | cut -d' ' -f1)"
}

entries() {
  local name file version
  if [ "$only_packages" = no ]; then
    for name in kubeadm kubelet kubectl; do
      entry "$kubernetes/bin/$name" "bin/$name" "\"kind\": \"binary\", \"name\": \"$name\", \"version\": \"v$kube_version\""
    done
    version="$("$crictl/crictl" --version | awk '{ print $3 }')"
    entry "$crictl/crictl" bin/crictl "\"kind\": \"binary\", \"name\": \"crictl\", \"version\": \"$version\""
    for file in "$images"/*.tar "$dns_image"/*.tar; do
      entry "$file" "images/$(basename "$file")" "\"kind\": \"image\", \"references\": [\"$(cat "${file%.tar}.reference")\"]"
    done
    version="$(debian_version_of containernetworking-plugins)"
    # dhcp is a daemon, not a plug-in that stands alone.
    for file in "$debian_files"/usr/lib/cni/*; do
      name="$(basename "$file")"
      [ "$name" != dhcp ] || continue
      entry "$file" "cni/$name" "\"kind\": \"cni-plugin\", \"name\": \"$name\", \"version\": \"$version\""
    done
  fi
  while read -r name version; do
    entry "$packages/debs/$name.deb" "packages/$debian_id/$name.deb" \
      "\"kind\": \"package\", \"name\": \"$name\", \"version\": \"$version\", \"distribution\": \"$debian_id\""
  done <"$packages/versions"
}

# fill_bundle FOLDER
fill_bundle() {
  bundle_folder="$1"
  local lines="$1.lines"
  entries >"$lines"
  {
    printf '{\n  "apiVersion": "martlet/v1",\n  "kind": "Bundle",\n  "name": "%s",\n' "$bundle_name"
    [ "$only_packages" = yes ] || printf '  "kubernetesVersion": "v%s",\n' "$kube_version"
    printf '  "architecture": "%s",\n  "files": [\n' "$architecture"
    sed '$!s/$/,/' "$lines"
    printf '  ]\n}\n'
  } >"$bundle_folder/bundle.json"
  rm -f "$lines"
}
