# Every developer action, one word each. Newcomers need none of this: README.md has two commands.
# `make setup` first; the words below use the tools of .venv.
BIN := .venv/bin
UV := $(BIN)/python -m uv
UV_VERSION := 0.13.8
PIP_AUDIT_VERSION := 2.10.1
UPGRADE :=
# One version of everything for every Python and system. These stand here and not in pyproject.toml,
# where the installer would take the version of Python for the one to install for.
COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--fork-strategy fewest --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help setup run test check fmt lint types floors spell unit test-app test-browser test-deep calibrate train start-time lock upgrade audit clean

help:  ## list these words
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup:  ## make .venv with everything a developer needs, and the hooks before a commit
	python3 run.py setup
	$(BIN)/pre-commit install

run:  ## start the dashboard
	python3 run.py

test:  ## everything CI runs
	python3 run.py test

check:  ## the checks that run before the tests
	python3 run.py check

fmt:  ## put the code into its format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lint:  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:  ## mypy
	$(BIN)/mypy

floors:  ## who may import whom
	$(BIN)/lint-imports --no-logo

spell:  ## codespell
	$(BIN)/codespell

unit:  ## the tests that need neither pages nor a browser
	$(BIN)/pytest -q tests/unit tests/properties tests/contracts

test-app:  ## every page, without a browser
	$(BIN)/pytest -q tests/app

test-browser:  ## the journeys in a Chromium
	python3 run.py test -q tests/browser

test-deep:  ## the same assertions with many more examples; nightly
	$(BIN)/pytest -q -m "deep or not deep" --hypothesis-profile=deep tests/properties tests/statistics tests/unit

calibrate:  ## solve the simulator again after a change of a pack or simulation.toml, with its reports
	$(BIN)/python scripts/calibrate.py $(PACKS)

train:  ## draw the default cohorts and train their bundles, before anybody asks
	$(BIN)/python scripts/train.py

start-time:  ## how long the first and the second start take, for docs/measurements.md
	$(BIN)/python benchmarks/start.py

lock:  ## write the lock files after a change of requirements*.txt
	$(COMPILE) $(UPGRADE) requirements.txt -o requirements.lock
	$(COMPILE) $(UPGRADE) requirements-dev.txt -c requirements.lock -o requirements-dev.lock
	echo uv==$(UV_VERSION) | $(COMPILE) - -o requirements-uv.lock

upgrade:  ## the same, with the newest versions that the ranges allow
	$(MAKE) lock UPGRADE=--upgrade

audit:  ## known weaknesses of what the lock names; needs the network
	$(UV) tool run pip-audit==$(PIP_AUDIT_VERSION) --require-hashes -r requirements.lock

clean:  ## remove what can be made again (.venv stays)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov .coverage*
