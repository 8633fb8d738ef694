# shellcheck shell=bash
# Images with the doubles of a framework's programs, under the names that its manifests have after `--registry`. Sourced.

# No such registry exists: what is not on a host cannot be pulled.
doubles_registry=double.invalid

# fill_openfaas_program FOLDER: needs nothing but Go's own library.
fill_openfaas_program() {
  local work="$1/src/martlet/openfaas-double"
  mkdir -p "$work"
  cp "$doubles_recipes"/openfaas/*.go "$work/"
  (
    cd "$work"
    export GOPATH="$1" GO111MODULE=off GOFLAGS="-trimpath -buildvcs=false" GOCACHE="$cache_dir/go-build"
    export CGO_ENABLED=0 GOOS=linux GOARCH="$architecture"
    go build -ldflags "-s -w" -o "$1/openfaas-double" .
  )
  rm -rf "$1/src"
}

# fill_openfaas_images FOLDER: one layer, an image for each role. The versions are those of channel mit-2023 (manifests/openfaas/framework.yaml).
fill_openfaas_images() {
  local role reference root program=/usr/local/bin/openfaas-double
  while read -r role reference; do
    root="$1/$role"
    new_root "$root"
    add_busybox "$root"
    add_program "$root" "$openfaas_program/openfaas-double"
    # The manifest calls it by this name.
    ln -s "$program" "$root/nats-streaming-server"
    write_image "$root" "$1/openfaas-$role.tar" "$doubles_registry/$reference" "[\"$program\",\"$role\"]" null
  done <<LIST
gateway openfaas/gateway:0.26.3
faas-netes openfaas/faas-netes:0.16.6
queue-worker openfaas/queue-worker:0.13.3
nats-streaming-server library/nats-streaming:0.25.3
prometheus prom/prometheus:v2.42.0
alertmanager prom/alertmanager:v0.25.0
watchdog openfaas/alpine:latest
LIST
}
