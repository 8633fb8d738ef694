# shellcheck shell=bash
# The GOPATH: Kubernetes from Debian's source package, with what it needs to be compiled by Debian 12's Go. Sourced.

source_key() { text_hash "$source_version" "$(hash_of source.sh)"; }

# fill_source FOLDER: FOLDER/src/k8s.io/kubernetes, FOLDER/debian-version.
fill_source() {
  local folder="$1" tree vendor
  mkdir -p "$folder/download" "$folder/src/k8s.io"
  (cd "$folder/download" && apt_private apt-get "$apt_dir/no-packages" source --only-source "kubernetes=$source_version")
  tree="$(find "$folder/download" -mindepth 1 -maxdepth 1 -type d)"
  mv -T "$tree" "$folder/src/k8s.io/kubernetes"
  rm -rf "$folder/download"
  vendor="$folder/src/k8s.io/kubernetes/vendor"
  grep -rqs '' "$vendor/github.com/modern-go/reflect2/" || fail "the source package has no vendored reflect2" "the package changed: adapt scripts/bundle/source.sh"

  # The vendored reflect2 1.0.1 reads the runtime's map iterator, whose layout changed in Go 1.18: kubeadm and kubelet panic.
  unpack_debs "$folder/debs" golang-github-modern-go-reflect2-dev golang-github-miekg-dns-dev
  rm -rf "$vendor/github.com/modern-go/reflect2"
  cp -a "$folder/debs/usr/share/gocode/src/github.com/modern-go/reflect2" "$vendor/github.com/modern-go/"
  # For the cluster DNS; its own dependencies (golang.org/x) are vendored already.
  rm -rf "$vendor/github.com/miekg/dns"
  mkdir -p "$vendor/github.com/miekg"
  cp -a "$folder/debs/usr/share/gocode/src/github.com/miekg/dns" "$vendor/github.com/miekg/"
  find "$vendor/github.com/miekg/dns" "$vendor/github.com/modern-go/reflect2" -name '*_test.go' -delete
  rm -rf "$folder/debs"

  generate_openapi "$folder"
  printf '%s\n' "$source_version" >"$folder/debian-version"
}

# The package lacks one generated file, the OpenAPI definitions that the API server serves.
generate_openapi() {
  local folder="$1" kubernetes="$1/src/k8s.io/kubernetes" inputs
  export GOPATH="$folder" GO111MODULE=off GOFLAGS="" GOCACHE="$cache_dir/go-build" CGO_ENABLED=0
  cd "$kubernetes"
  go build -o "$folder/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  inputs="$(grep -rlE --include='*.go' '^// \+k8s:openapi-gen=true' pkg vendor/k8s.io staging 2>/dev/null | xargs -n1 dirname | LC_ALL=C sort -u |
    sed -e 's#^staging/src/#k8s.io/kubernetes/vendor/#' -e 's#^vendor/#k8s.io/kubernetes/vendor/#' -e 's#^pkg/#k8s.io/kubernetes/pkg/#' | LC_ALL=C sort -u | paste -sd, -)"
  : >"$folder/empty-header"
  "$folder/openapi-gen" --go-header-file "$folder/empty-header" --input-dirs "$inputs" \
    --output-base "$folder/src" --output-package k8s.io/kubernetes/pkg/generated/openapi \
    --output-file-base zz_generated.openapi --report-filename "$folder/openapi-report"
  rm -f "$folder/openapi-gen" "$folder/empty-header" "$folder/openapi-report"
  test -s pkg/generated/openapi/zz_generated.openapi.go
}
