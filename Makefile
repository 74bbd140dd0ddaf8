# `make help` lists the targets and the variables that change them.

PYTHON ?= python3## Python 3.11 or later that the virtual environment is made with
VENV ?= .venv## folder of the virtual environment
IMAGE ?= registry.cluster:5000/nomad-build-service:latest## name of the service's image
BASE_IMAGE ?=## what that image is based on: python:3.11-slim, or made from Debian packages where no hub is reached
NOMAD_ADDR ?=## with demo: a Nomad of this machine to use in place of the embedded engine
TESTS ?=## with test: what pytest runs, all of it in two processes when empty
PORT ?= 4646## with engine: the port of the embedded engine
FAULTS ?=## with faults: other options, such as --seed SEED or --write docs/reliability.md
FUZZ_SECONDS ?= 600## with fuzz: how long to look for inputs that break the generator

SHELL := /bin/bash
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LAB := $(BIN)/python -m server.lab
UV_COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --quiet

# Tests that need a binary which is not on PATH are left out, and `make test` says so.
ABSENT := $(shell for name in nomad nomad-pack; do command -v $$name >/dev/null || echo $$name; done)
SELECT := $(if $(ABSENT),-m "$(shell sed 's/-/_/g; s/ / and not /g; s/^/not /' <<< '$(ABSENT)')")
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets and variables
	@echo 'make TARGET [VARIABLE=VALUE]...'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile
	@echo 'Variables'
	@awk -F ' \\?= *|##' '/^[A-Z_]+ \?=.*##/ { printf "  %-14s %s%s\n", $$1, $$3, $$2 == "" ? "" : " (" $$2 ")" }' Makefile

.PHONY: install
install: ## install the Debian packages that demo and test need (as root, only what is missing)
	@.ci/install

.PHONY: venv
venv: $(STAMP) ## make the virtual environment, with pinned and hashed requirements

$(STAMP): .ci/requirements-dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: lock
lock: $(STAMP) ## pin the requirements anew
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(UV_COMPILE) --upgrade pyproject.toml -o .ci/requirements.txt
	$(UV_COMPILE) --upgrade pyproject.toml --group dev -o .ci/requirements-dev.txt
	$(UV_COMPILE) --upgrade --group fuzz -o .ci/requirements-fuzz.txt
	$(BIN)/npm update --prefix tests/interop --package-lock-only --ignore-scripts

.PHONY: fmt
fmt: $(STAMP) ## format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lint
lint: $(STAMP) ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(STAMP) ## check types
	$(BIN)/mypy

.PHONY: imports
imports: $(STAMP) ## check who may import whom
	$(BIN)/lint-imports

.PHONY: unit
unit: $(STAMP) ## run the tests that need no container engine and no other binary
	$(PYTEST) tests packs --ignore tests/contract --ignore tests/e2e \
		-m "not docker and not nomad and not nomad_pack"

.PHONY: interop
interop: $(STAMP) ## run the protocol's official conformance suites and its Inspector against the service, with npm's help
	$(PYTEST) tests/interop

.PHONY: contract
contract: install $(STAMP) ## run the contract tests, on the embedded engine and on a real Nomad if there is one
	$(LAB) run -- $(PYTEST) tests/contract $(SELECT)

.PHONY: e2e
e2e: install $(STAMP) ## run the end-to-end tests, with real Buildah, registry and Git
	$(LAB) run -- $(PYTEST) tests/e2e $(SELECT)

.PHONY: test
test: install $(STAMP) lint types imports ## run every check and every test
	@for name in $(ABSENT); do \
		echo "not run: the tests that need $$name, which is not on PATH"; \
	done
	$(LAB) run -- $(if $(TESTS),,.ci/tests) $(PYTEST) $(SELECT) $(TESTS)

.PHONY: snapshots
snapshots: $(STAMP) ## write the rendered jobs anew after a wanted change of a pack
	$(BIN)/packgen snapshot --update packs

.PHONY: fuzz
fuzz: $(STAMP) ## look for inputs that break the generator, and keep what is found as tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements-fuzz.txt
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

.PHONY: faults
faults: install $(STAMP) ## break the service on purpose, and count what becomes of its builds
	$(BIN)/python -m tests.faults $(FAULTS)
	$(BIN)/python -m tests.faults --sweep $(FAULTS)
	for engine in embedded $(if $(filter nomad,$(ABSENT)),,nomad); do \
		$(LAB) run -- $(BIN)/python -m tests.faults --real --engine $$engine $(FAULTS) || exit; \
	done

.PHONY: corpus
corpus: install $(STAMP) ## build a corpus of small repositories for real, and write docs/corpus.md
	$(LAB) run -- $(BIN)/python -m tests.corpus --write docs/corpus.md

.PHONY: hostile
hostile: $(STAMP) ## try all hostile texts in all fields of a request, and write the counts into docs/security.md
	$(BIN)/python -m tests.hostile

.PHONY: requests
requests: $(STAMP) ## send the service 10,000 random requests, and all that schemathesis makes of its description
	$(BIN)/python -m tests.api --requests 10000 --examples 100

.PHONY: agents
agents: $(STAMP) ## play agents against the service, and write docs/agents.md
	$(BIN)/python -m tests.agents --economy

.PHONY: bench
bench: install $(STAMP) ## measure, and write docs/performance.md
	$(LAB) run -- $(BIN)/python -m tests.bench

.PHONY: demo
demo: install $(STAMP) ## from a Git repository to a tested, published image, on this machine
	$(BIN)/python -m server demo

.PHONY: engine
engine: $(STAMP) ## run the embedded engine alone, for any Nomad client to look at
	$(BIN)/python -m server engine --port $(PORT)

.PHONY: docker-build
docker-build: install $(STAMP) ## build the service's image
	$(LAB) service-image --tag $(IMAGE) --base '$(BASE_IMAGE)'

.PHONY: docker-push
docker-push: docker-build ## build the service's image and push it
	docker push $(IMAGE)

.PHONY: nomad-restart
nomad-restart: ## restart the deployed service
	nomad job restart -yes nomad-build-service

.PHONY: clean
clean: ## stop what a lab left running; remove the virtual environment and what tools made
	@test ! -x $(BIN)/python || $(LAB) down
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
