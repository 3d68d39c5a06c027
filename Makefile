# Every target sets up what it needs; a second run is quick. `make help` lists them.

# PYTHON may be given: make run PYTHON=/opt/python3.13/bin/python3
ifndef PYTHON
PYTHON := $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$each && break; done)
endif
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help init run apply test lint bench lock browser

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' \
	| awk -F '\t' '{printf "  make %-8s %s\n", $$1, $$2}'

init: $(VENV)/installed ## Ask the first questions and write the settings
	@exec $(BIN)/vidensbro init

run: $(VENV)/installed ## Start: the demo, or the service when .env has credentials
	@exec $(BIN)/vidensbro up

apply: $(VENV)/installed ## Send one invented application to the running demo
	@$(BIN)/vidensbro apply

test: $(VENV)/installed-dev browser ## Format, lint, types and all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n 3 --dist worksteal

lint: $(VENV)/installed-dev ## Put the code into its format, then lint and type-check
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy

bench: $(VENV)/installed-dev ## Measure speed and cost, as ratios of one run
	$(BIN)/python -m bench

# The pinned files carry no address of an index: where packages come from is the
# machine's own setting.
PIP_COMPILE = $(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --no-header --resolver=backtracking

lock: $(VENV)/installed-dev ## Pin all dependencies anew, from pyproject.toml
	$(PIP_COMPILE) --upgrade --output-file requirements.txt pyproject.toml
	$(PIP_COMPILE) --upgrade --extra dev --constraint requirements.txt \
		--output-file requirements-dev.txt pyproject.toml

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
	echo "Python 3.11 or newer is needed. If it has a name of its own, say so:"; \
	echo "  make run PYTHON=/path/to/python3"; \
	exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "Python's venv module is missing. On Debian or Ubuntu:"; \
	echo "  sudo apt-get install -y python3-venv"; \
	exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing the packages (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "Installing the packages for development (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

browser:
	@.ci/browser
