#!/usr/bin/env bash
# Build the launcher: one static file.  launcher.sh TARGET [amd64|arm64] [VERSION]
set -euo pipefail
target=$(realpath -m "$1")
architecture=${2:-$(go env GOHOSTARCH)}
version=${3:-development}
cd "$(dirname "$0")/../adapter/launcher"

mkdir -p "$(dirname "$target")"
CGO_ENABLED=0 GOOS=linux GOARCH=$architecture GOWORK=off GOFLAGS=-mod=readonly GOTOOLCHAIN=local \
  go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version" -o "$target" .
