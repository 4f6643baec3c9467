# Everything here works from a fresh clone with nothing but the Rust toolchain and Python 3.10 or later.
# What is built and installed goes to a cache outside of the clone, so that a clean checkout stays warm.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/estrella
export CARGO_TARGET_DIR ?= $(CACHE)/target

PYTHON ?= python3
VENV := $(CACHE)/venv
VENV_PYTHON := $(VENV)/bin/python
TOOLS := $(CACHE)/tools

CARGO_DENY_VERSION := 0.20.2
CARGO_DENY := $(TOOLS)/bin/cargo-deny

# One profile and the same features for all, so that the CLI, the tests and the demo share what they are made of.
# Two crates stand apart: their tests turn a feature of tokio on, which would build polars, twenty minutes of work,
# a second time for those that use it. These two do not.
APART := estrella-lake estrella-tests
REST := --workspace $(APART:%=--exclude %)
APART := $(APART:%=-p %) --all-features

ESTRELLA := $(CARGO_TARGET_DIR)/release/estrella
export ESTRELLA_BIN := $(ESTRELLA)

# The demo, and what it asks for.
DEMO := demo
DEMO_ROWS ?= 200000
DEMO_DAYS ?= 14
DEMO_SEED ?= 42

# The benchmark's rows.
ROWS ?= 10000000

.PHONY: help checkout build demo clean-demo test test-rust test-python lint fmt bench venv

help: ## List the targets
	@printf 'Estrella: clickstream files to a star schema on Apache Iceberg.\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nThe first build takes some twenty minutes, the ones after it seconds.\nBuilt things are in %s\n' '$(CACHE)'

build: checkout ## Build the command line tool
	@cargo build --release --locked -p estrella-cli
	@echo "built $(ESTRELLA)"

# Cargo tells what is stale by the age of files alone, so it takes crates that another checkout has built into the
# same folder for those of this one. Whoever comes second builds the crates of the workspace anew, and only these.
checkout:
	@mkdir -p '$(CARGO_TARGET_DIR)'
	@if [ "$$(cat '$(CARGO_TARGET_DIR)/.checkout' 2>/dev/null)" != '$(CURDIR)' ]; then \
	  rm -rf '$(CARGO_TARGET_DIR)'/release/.fingerprint/estrella-*; \
	  printf '%s' '$(CURDIR)' > '$(CARGO_TARGET_DIR)/.checkout'; fi

demo: build ## Make two weeks of shop events, load them and ask three questions
	@DEMO='$(DEMO)' ROWS='$(DEMO_ROWS)' DAYS='$(DEMO_DAYS)' SEED='$(DEMO_SEED)' .ci/demo

clean-demo: ## Remove what the demo made
	rm -rf '$(DEMO)'

test: test-rust test-python ## Run all tests: Rust, then those that read the lake with PyIceberg and DuckDB

test-rust: build
	cargo test --release --locked $(REST)
	cargo test --release --locked $(APART)

test-python: build venv
	@$(VENV_PYTHON) -m pytest tests/python

lint: checkout $(TOOLS)/cargo-deny-$(CARGO_DENY_VERSION) ## Check format, clippy, documentation, licences and sources
	cargo fmt --all --check
	cargo clippy --release --locked $(REST) --all-targets -- -D warnings
	cargo clippy --release --locked $(APART) --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --release --locked --no-deps --workspace
	$(CARGO_DENY) --log-level error check bans licenses sources
	@# The database of advisories is on GitHub; where that is out of reach there is nothing to check against.
	@if $(CARGO_DENY) --log-level off fetch db; \
	then $(CARGO_DENY) --log-level error check --disable-fetch advisories; \
	else echo 'lint: warning: advisories were not checked, their database could not be fetched' >&2; fi

fmt: ## Format the Rust code
	cargo fmt --all

bench: build venv ## Measure CPU and memory, beside Polars and DuckDB where they are installed (ROWS=10000000)
	@ROWS='$(ROWS)' $(VENV_PYTHON) bench/run.py

venv: $(VENV)/.installed

# Made anew when the requirements change.
$(VENV)/.installed: requirements-dev.txt
	@echo 'installing the Python packages of the tests'
	@rm -f '$@'
	@test -x '$(VENV_PYTHON)' || $(PYTHON) -m venv '$(VENV)'
	@$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch '$@'

# Built without optimisation: it runs for seconds, and optimising takes minutes.
$(TOOLS)/cargo-deny-$(CARGO_DENY_VERSION):
	@echo 'installing cargo-deny $(CARGO_DENY_VERSION)'
	@CARGO_TARGET_DIR='$(TOOLS)/target' CARGO_PROFILE_DEV_DEBUG=0 \
	  cargo install --locked --debug --quiet --root '$(TOOLS)' --version '$(CARGO_DENY_VERSION)' cargo-deny
	@rm -rf '$(TOOLS)/target'
	@touch '$@'
