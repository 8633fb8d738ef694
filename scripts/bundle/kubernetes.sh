# shellcheck shell=bash
# The Kubernetes programs. Sourced.

go_environment() {
  export GOPATH="$source_folder" GO111MODULE=off GOFLAGS="-trimpath -buildvcs=false" GOCACHE="$cache_dir/go-build"
  export CGO_ENABLED=0 GOOS=linux GOARCH="$architecture"
  cd "$source_folder/src/k8s.io/kubernetes"
}

# kube_ldflags: what every Kubernetes program reports as its version. The date is the source package's, so that two builds agree.
kube_ldflags() {
  local date package major minor
  date="$(date -u -d "$(dpkg-parsechangelog -l debian/changelog -S Date)" +%Y-%m-%dT%H:%M:%SZ)"
  major="${kube_version%%.*}" minor="${kube_version#*.}"
  minor="${minor%%.*}"
  printf '%s' "-s -w"
  for package in k8s.io/kubernetes/vendor/k8s.io/component-base/version k8s.io/kubernetes/vendor/k8s.io/client-go/pkg/version; do
    printf ' -X %s.%s' "$package" "gitVersion=v$kube_version" "$package" "gitMajor=$major" "$package" "gitMinor=$minor" \
      "$package" gitCommit= "$package" gitTreeState=archive "$package" "buildDate=$date"
  done
}

# fill_kubernetes FOLDER: the programs of one `go install`, so that the packages they share are compiled once.
fill_kubernetes() {
  local folder="$1" programs="kubeadm kubelet kubectl kube-apiserver kube-controller-manager kube-scheduler kube-proxy" program
  go_environment
  mkdir -p "$folder/bin"
  # shellcheck disable=SC2086,SC2046
  GOBIN="$folder/bin" go install -ldflags "$(kube_ldflags)" $(printf './cmd/%s ' $programs)
  for program in $programs; do
    "$folder/bin/$program" --help >/dev/null 2>&1 || fail "$program does not start" "see the log of this stage"
  done
  [ "$("$folder/bin/kubeadm" version -o short)" = "v$kube_version" ]
}
