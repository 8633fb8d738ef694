# shellcheck shell=bash
# Programs of our own that are compiled against the libraries vendored by Kubernetes. Sourced.

# place_own NAME: the sources of scripts/bundle/NAME are copied into the GOPATH, because in GOPATH mode only code below
# k8s.io/kubernetes sees its vendor folder.
place_own() {
  local name="$1" target="$source_folder/src/k8s.io/kubernetes/cmd/martlet-$1"
  rm -rf "$target"
  mkdir -p "$target"
  cp "$recipe_dir/$name"/*.go "$target/"
}

fill_crictl() {
  place_own crictl
  go_environment
  go build -ldflags "-s -w" -o "$1/crictl" ./cmd/martlet-crictl
  "$1/crictl" --version | grep -q martlet
}

fill_cluster_dns() {
  place_own cluster-dns
  go_environment
  go build -ldflags "-s -w -X main.version=$dns_tag" -o "$1/cluster-dns" ./cmd/martlet-cluster-dns
  "$1/cluster-dns" --version | grep -q "$dns_tag"
}
