# Hubwarden on one machine: Python 3.13 and make are all it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
SOURCES := function_app.py functions shared local bench tools tests

.PHONY: help setup demo test check conformance soak-keys bench package preflight bicep-types lock format clean

help: ## Show these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(VENV)/.ready .tools/azurite/.ready .tools/kusto/.ready ## Install everything into .venv and .tools, pinned and locked

$(VENV)/.ready: requirements-dev.txt tools/python.sh
	@python=$$(tools/python.sh) && rm -rf $(VENV) && "$$python" -m venv $(VENV)
	@echo "setup: installing the locked Python packages into $(VENV)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

.tools/%/.ready: tools/%/package-lock.json tools/npm.sh $(VENV)/.ready
	@tools/npm.sh $(BIN) $* .tools/$*
	@touch $@

demo: setup ## Run the main job: a change in Azure, all the way to a row ops can read
	@$(BIN)/python -m local demo

test: setup ## Run all tests
	@$(BIN)/python -m pytest -n 2

check: setup ## Format, lint, types, layers, docs, templates, queries, policy, lock files and licences
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.check_locks
	@$(BIN)/python -m tools.third_party
	@$(BIN)/python -m tools.check_docs
	@$(BIN)/python -m tools.check_bicep
	@$(BIN)/python -m tools.check_kql
	@$(BIN)/python -m local policy check

conformance: setup ## Hold the Azure stand-in to Azure's contracts; replays the contracts where they are at hand
	@$(BIN)/python -m local.conformance

soak-keys: setup ## Rotate keys for ninety simulated days, under clients that call all the time and an Azure that fails
	@$(BIN)/python -m local.soak keys

bench: setup ## Measure, and print a table with medians
	@$(BIN)/python -m bench

package: $(VENV)/.ready ## Make the zip that is deployed, with its bill of materials, in .package
	@$(BIN)/python -m tools.package

preflight: $(VENV)/.ready ## Look whether Azure would take what azd is about to deploy; azd asks it first
	@$(BIN)/python -m local preflight

bicep-types: setup ## Write infra/types anew, from what Microsoft's type definitions say; a download of 62 MB
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --upgrade --target .tools/bicep-types -r tools/bicep/requirements.txt
	@$(BIN)/python -m tools.bicep_types .tools/bicep-types

format: setup ## Let ruff format and fix what it can
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

lock: $(VENV)/.ready ## Write the lock files anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --group dev pyproject.toml -c requirements.txt -o requirements-dev.txt

clean: ## Remove everything that make has made
	rm -rf $(VENV) .tools .demo .bench .package .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
