# Everything here works from a fresh clone with nothing but the Rust toolchain and Python 3.11 or later.
# What is built and installed goes to a cache outside of the clone, so that a clean checkout stays warm.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/estrella
export CARGO_TARGET_DIR ?= $(CACHE)/target

PYTHON ?= python3
# One environment per requirements file: what they want of each other does not agree.
venv = $(CACHE)/venv-$(1)
VENV_PYTHON := $(call venv,dev)/bin/python
TOOLS := $(CACHE)/tools

CARGO_DENY_VERSION := 0.20.2
CARGO_DENY := $(TOOLS)/bin/cargo-deny
CARGO_FUZZ_VERSION := 0.13.2

# One profile and the same features for all, so that the CLI, the tests and the demo share what they are made of.
# Two crates stand apart: their tests turn a feature of tokio on, which would build polars, twenty minutes of work,
# a second time for those that use it. These two do not.
APART := estrella-lake estrella-tests
REST := --workspace $(APART:%=--exclude %)
APART := $(APART:%=-p %) --all-features

FUNCTIONS := extract plan clean check-quality load-facts detect-drift load-dims maintain
ARM64 := aarch64-unknown-linux-gnu
# What a zipped function may weigh, in MiB.
MAX_ZIP_MIB := 25

ESTRELLA := $(CARGO_TARGET_DIR)/release/estrella
export ESTRELLA_BIN := $(ESTRELLA)

# The demo, and what it asks for.
DEMO := demo
DEMO_ROWS ?= 200000
DEMO_DAYS ?= 14
DEMO_SEED ?= 42

# Stories of the simulator that a soak tells; each number is its own.
STORIES ?= 100000

# The benchmark's rows, and its changes of the shop's database.
ROWS ?= 10000000
CHANGES ?= 1000000

# What is fuzzed, and for how long.
TARGET ?= events
SECONDS ?= 60

# Where it is deployed.
ENVIRONMENT ?= dev
STACK ?= estrella-$(ENVIRONMENT)

.PHONY: help checkout cli build demo clean-demo soak test test-rust test-python test-disks test-stats test-report test-aws lint fmt \
  bench bench-alerts fuzz validate deploy local-cloud requirements

help: ## List the targets
	@printf 'Estrella: clickstream files to a star schema on Apache Iceberg.\n\n'
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nThe first build takes some half an hour, the ones after it seconds.\nBuilt things are in %s\n' '$(CACHE)'

# Everything at once, so that the tool and the functions share what they are made of.
cli: checkout ## Build the command line tool, and the functions for this machine
	@cargo build --release --locked $(REST)
	@echo "built $(ESTRELLA)"

# Cargo tells what is stale by the age of files alone, so it takes crates that another checkout has built into the
# same folder for those of this one. Whoever comes second builds the crates of the workspace anew, and only these.
checkout:
	@mkdir -p '$(CARGO_TARGET_DIR)'
	@if [ "$$(cat '$(CARGO_TARGET_DIR)/.checkout' 2>/dev/null)" != '$(CURDIR)' ]; then \
	  rm -rf '$(CARGO_TARGET_DIR)'/release/.fingerprint/estrella-* '$(CACHE)'/target-arm64/*/release/.fingerprint/estrella-*; \
	  printf '%s' '$(CURDIR)' > '$(CARGO_TARGET_DIR)/.checkout'; fi

demo: cli ## Make two weeks of shop events, load them and ask three questions
	@DEMO='$(DEMO)' ROWS='$(DEMO_ROWS)' DAYS='$(DEMO_DAYS)' SEED='$(DEMO_SEED)' .ci/demo

clean-demo: ## Remove what the demo made
	rm -rf '$(DEMO)'

test: test-rust test-python test-disks test-stats test-report test-aws validate ## Run all tests: Rust, other engines, full disks, scipy, a browser, AWS emulated, infra

test-rust: cli
	cargo test --release --locked $(REST)
	cargo test --release --locked $(APART)

soak: checkout ## Tell the stories of the simulator, one hundred thousand of them (STORIES=100000)
	ESTRELLA_STORIES='$(STORIES)' cargo test --release --locked $(APART) --test stages sim::

test-python: cli $(call venv,dev)/.installed
	@$(VENV_PYTHON) -m pytest tests/python

# Disks are made full and read-only where nobody else sees them.
test-disks: cli $(call venv,dev)/.installed
	@$(VENV_PYTHON) tests/disks/in_namespace.py $(VENV_PYTHON) -m pytest tests/disks

test-stats: cli $(call venv,stats)/.installed
	@'$(call venv,stats)/bin/python' -m pytest tests/stats

test-report: cli $(call venv,dev)/.installed ## Open the report in headless Chromium
	cargo build --release --locked $(REST) --example render
	@CACHE='$(CACHE)' $(VENV_PYTHON) -m pytest tests/report

# The emulator listens on loopback only; nothing of it outlives the test.
test-aws: cli $(call venv,dev)/.installed ## Run the adapters and the deployed template against an emulated AWS
	$(VENV_PYTHON) tests/aws/with_emulator.py cargo test --release --locked $(REST) --test contracts -- --ignored
	$(VENV_PYTHON) -m pytest tests/aws

validate: $(call venv,dev)/.installed $(call venv,lint)/.installed $(call venv,sam)/.installed ## Check the template, the state machines and their policies
	CHECKOV='$(call venv,lint)/bin/checkov' SAM='$(call venv,sam)/bin/sam' CACHE='$(CACHE)' $(VENV_PYTHON) -m pytest tests/infra

build: checkout $(call venv,build)/.installed ## Build the functions for AWS: arm64, one folder each under build/
	@rustup target list --installed | grep -qx '$(ARM64)' || rustup target add '$(ARM64)'
	@PATH='$(call venv,build)/bin':"$$PATH" CARGO_TARGET_DIR='$(CACHE)/target-arm64' cargo lambda build --release --arm64 --locked --lambda-dir build \
	  $(FUNCTIONS:%=-p estrella-%)
	@$(PYTHON) infra/zipped_sizes.py build $(MAX_ZIP_MIB) $(FUNCTIONS)

deploy: build $(call venv,sam)/.installed ## Deploy to AWS (ENVIRONMENT=dev), with the credentials of the shell
	@cd infra && SAM_CLI_TELEMETRY=0 '$(call venv,sam)/bin/sam' deploy --stack-name '$(STACK)' \
	  --parameter-overrides 'Environment=$(ENVIRONMENT)' $(if $(PARAMETERS),$(PARAMETERS))

invoke-%: $(call venv,dev)/.installed ## Call a deployed function with a sample (EVENT=events/plan/message.json)
	@$(VENV_PYTHON) infra/invoke.py '$(STACK)' '$*' $(if $(EVENT),'$(EVENT)')

local-cloud: cli $(call venv,dev)/.installed ## Deploy into an emulated AWS, drop a file, print the tables
	@$(VENV_PYTHON) tests/aws/local_cloud.py

requirements: ## Pin the Python packages anew, with hashes (needs uv)
	@for of in build dev lint sam stats; do uv pip compile --quiet --universal --strip-extras --generate-hashes --python-version 3.11 \
	  --custom-compile-command 'make requirements' requirements-$$of.in -o requirements-$$of.txt; done

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

bench: cli $(call venv,dev)/.installed ## Measure CPU and memory, beside Polars, DuckDB and PySpark where they are installed (ROWS=10000000)
	@$(VENV_PYTHON) bench/startup.py '$(CARGO_TARGET_DIR)/release'
	@ROWS='$(ROWS)' $(VENV_PYTHON) bench/run.py
	@CHANGES='$(CHANGES)' $(VENV_PYTHON) bench/changes.py

# Seeds: $(CARGO_TARGET_DIR)/release/examples/alerts 4 5 6; with --messages it prints what was told.
bench-alerts: checkout ## Simulate 16 weeks of a shop in which things go wrong: what is told, how late, and what for nothing
	@cargo build --release --locked $(REST) --example alerts
	@'$(CARGO_TARGET_DIR)/release/examples/alerts'

# Built apart, with flags of its own. Without a sanitizer, so that the compiler need be no nightly one; all of the code is
# safe Rust but for that of dependencies. What is new goes to the cache; what is worth keeping is for a human to say.
fuzz: $(TOOLS)/cargo-fuzz-$(CARGO_FUZZ_VERSION) ## Look for bytes that break a target (TARGET=events SECONDS=60)
	@mkdir -p '$(CACHE)/fuzz/corpus/$(TARGET)' '$(CACHE)/fuzz/artifacts/$(TARGET)'
	@CARGO_TARGET_DIR='$(CACHE)/fuzz/target' PATH='$(TOOLS)/bin':"$$PATH" \
	  cargo fuzz run --sanitizer none '$(TARGET)' '$(CACHE)/fuzz/corpus/$(TARGET)' 'fuzz/corpus/$(TARGET)' -- \
	  -max_total_time='$(SECONDS)' -max_len=8192 -timeout=60 -rss_limit_mb=1024 -print_final_stats=1 \
	  -artifact_prefix='$(CACHE)/fuzz/artifacts/$(TARGET)/'

# Made anew when the requirements change. They name everything, so nothing else is to be found.
$(CACHE)/venv-%/.installed: requirements-%.txt
	@echo 'installing the Python packages in $<'
	@rm -f '$@'
	@test -x '$(@D)/bin/python' || $(PYTHON) -m venv '$(@D)'
	@'$(@D)/bin/python' -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r '$<'
	@touch '$@'

# Built without optimisation: it runs for seconds, and optimising takes minutes.
$(TOOLS)/cargo-deny-$(CARGO_DENY_VERSION):
	@echo 'installing cargo-deny $(CARGO_DENY_VERSION)'
	@CARGO_TARGET_DIR='$(TOOLS)/target' CARGO_PROFILE_DEV_DEBUG=0 \
	  cargo install --locked --debug --quiet --root '$(TOOLS)' --version '$(CARGO_DENY_VERSION)' cargo-deny
	@rm -rf '$(TOOLS)/target'
	@touch '$@'

$(TOOLS)/cargo-fuzz-$(CARGO_FUZZ_VERSION):
	@echo 'installing cargo-fuzz $(CARGO_FUZZ_VERSION)'
	@CARGO_TARGET_DIR='$(TOOLS)/target' CARGO_PROFILE_DEV_DEBUG=0 \
	  cargo install --locked --debug --quiet --root '$(TOOLS)' --version '$(CARGO_FUZZ_VERSION)' cargo-fuzz
	@rm -rf '$(TOOLS)/target'
	@touch '$@'
