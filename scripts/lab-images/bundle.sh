# shellcheck shell=bash
# A bundle (docs/bundle-format.md) that has the images of labs as well. Sourced.

# image_entries FOLDER: the manifest's entries of the images in FOLDER, as a JSON list.
image_entries() {
  local file
  for file in "$1"/*.tar; do
    jq -n --arg path "images/lab-$(basename "$file")" --arg reference "$(cat "${file%.tar}.reference")" \
      --argjson size "$(stat -c %s "$file")" --arg sha256 "$(sha256sum <"$file" | cut -d' ' -f1)" \
      '{path: $path, kind: "image", references: [$reference], size: $size, sha256: $sha256}'
  done | jq -s .
}

# lab_bundle BUNDLE IMAGES OUTPUT: BUNDLE is a folder and stays as it is. Prints OUTPUT in full.
lab_bundle() {
  local bundle="$1" images="$2" output="$3" entries file
  entries="$(image_entries "$images")"
  local manifest
  # Images of labs that BUNDLE may have already are replaced.
  manifest="$(jq --argjson entries "$entries" '
    ($entries | map(.references[])) as $new
    | .name |= (rtrimstr("-labs") + "-labs")
    | .files |= (map(select((.references // [] | any(. as $one | $new | index($one) != null)) or (.path as $path | $entries | any(.path == $path)) | not)) + $entries)
  ' "$bundle/bundle.json")"
  if [ -e "$output" ]; then
    if [ "$manifest" = "$(cat "$output/bundle.json" 2>/dev/null)" ]; then (cd "$output" && pwd); return; fi
    [ -f "$output/bundle.json" ] && jq -e '.name | endswith("-labs")' "$output/bundle.json" >/dev/null 2>&1 ||
      [ -z "$(ls -A "$output")" ] || fail "$output is not empty and holds something else than a bundle for labs" "remove it or name another folder"
  fi
  mkdir -p "$(dirname "$output")"
  # Not local: the trap runs after the function has returned.
  copy="$(dirname "$output")/.$(basename "$output").incomplete-$$"
  trap 'rm -rf "$copy"' EXIT
  # Hard links where possible: nothing ever writes to a bundle's files.
  cp -al "$bundle" "$copy" 2>/dev/null || { rm -rf "$copy"; cp -a "$bundle" "$copy"; }
  rm -f "$copy/bundle.json"
  mkdir -p "$copy/images"
  for file in "$images"/*.tar; do
    rm -f "$copy/images/lab-$(basename "$file")"
    ln "$file" "$copy/images/lab-$(basename "$file")" 2>/dev/null || cp "$file" "$copy/images/lab-$(basename "$file")"
  done
  printf '%s\n' "$manifest" >"$copy/bundle.json"
  rm -rf "$output"
  mv -T "$copy" "$output"
  (cd "$output" && pwd)
}
