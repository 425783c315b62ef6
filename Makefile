# Every target sets up what it needs; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
SOURCES := model alerts ingest api training simulator settings tests
PINS := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate pyproject.toml

.PHONY: help setup demo test check docker-test bench faults mutants audit format train pins clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.dev ## .venv with everything a developer needs, and Mosquitto

demo: $(VENV)/.runtime ## sensors, broker, consumer, page and alerts on this computer; DEMO_SECONDS=30 ends by itself
	@mosquitto/install
	@$(BIN)/python -m simulator.demo

test: $(VENV)/.dev ## all tests, against a real broker, a file on each core
	@mosquitto/install
	@REQUIRE_BROKER=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

check: $(VENV)/.dev ## ruff, mypy, import-linter
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

docker-test: $(VENV)/.dev ## build the images and prove the whole stack on a real Docker engine
	@DOCKER_TEST=1 $(BIN)/python -m pytest tests/containers -o faulthandler_timeout=600 $(PYTEST_ARGS)

faults: $(VENV)/.dev ## never lose an alarm: faults injected, invariants counted; FAULTS_ARGS="--seed N --only KIND"
	@mosquitto/install
	@FUZZ_EXAMPLES=2500 $(BIN)/python -m pytest -q tests/unit/test_reading_fuzz.py
	@FUZZ_EXAMPLES=40 $(BIN)/python -m pytest -q tests/integration/test_openapi_fuzz.py
	@$(BIN)/python -m tests.faults $(FAULTS_ARGS)

mutants: $(VENV)/.dev ## put classic mistakes into a copy of the code, one at a time: each must be caught by its test
	@mosquitto/install
	@$(BIN)/python -m tests.faults.mutants

audit: $(VENV)/.dev ## build/sbom.json of what runs, and its known vulnerabilities (asks the index's advisories)
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements requirements.txt --of JSON -o build/sbom.json
	@echo "build/sbom.json written"
	@$(BIN)/pip-audit -r requirements.txt --require-hashes --disable-pip --strict --progress-spinner off || \
	  { echo "audit: vulnerable, or the advisories are out of reach; either way nothing is proven"; exit 1; }

bench: $(VENV)/.dev ## measure ourselves beside others, ten minutes at the most, into build/bench.json; BENCH="--only drain"
	@mosquitto/install
	@$(BIN)/python -m benchmarks $(BENCH)

format: $(VENV)/.dev ## let ruff format and fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

train: $(VENV)/.dev ## full training with Optuna and MLflow; writes a candidate bundle
	@$(BIN)/python -m training

pins: ## work the ranges of pyproject.toml out to requirements*.txt (needs uv)
	$(PINS) --group dev -o requirements-dev.txt
	$(PINS) --group train -c requirements-dev.txt -o requirements-train.txt
	$(PINS) -c requirements-dev.txt -o requirements.txt

clean: ## remove what the targets above made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Vigía needs Python 3.11 or newer on PATH (or PYTHON=/path/to/python3)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python -m venv failed: on Debian and Ubuntu, apt install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "installing the runtime into $(VENV) (about 250 MB)"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "installing everything a developer needs into $(VENV) (about 1.1 GB)"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime
