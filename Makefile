# The commands of this project. A fresh machine needs Python 3.11+ and make; the rest is installed into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
RUNS   ?= 40
ROUNDS ?= 100
CLIENTS ?= 300
SECONDS ?= 3600
WORKERS ?= 4

.PHONY: help demo check types client units test format docs hooks bench soak mutants build release clean

help:   ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed   ## serve the demo app on http://127.0.0.1:8000; PORT=9000 takes another port
	@cd examples && PATH="$(CURDIR)/$(BIN):$$PATH" exec dara start --config together:config --port $(PORT)

check: $(VENV)/.developing   ## run the fast checks: format, lint, types, import contracts, unit tests, budgets
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports > .import-linter || { cat .import-linter; exit 1; }
	$(MAKE) --no-print-directory --jobs 2 $(filter --output-sync,$(.FEATURES:%=--%)) types client units

# Two of these at a time: the first one uses a single processor for a minute.
types: $(VENV)/.developing   ## check the types of the Python code alone
	$(BIN)/mypy

client: $(VENV)/.developing   ## check the client alone: lint, types, tests
	$(BIN)/python tools/client.py check

units: $(VENV)/.developing   ## run the unit tests alone
	$(BIN)/pytest tests/unit --numprocesses 2 --dist worksteal

test: check $(VENV)/.browser   ## run every test, in real processes and real Chromium; WORKERS=4 at a time
	$(BIN)/pytest tests --ignore tests/unit --numprocesses $(WORKERS) --dist worksteal --durations 10

format: $(VENV)/.developing   ## format the code, and fix what the linters can fix
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/python tools/client.py format

docs: $(VENV)/.developing   ## write what is made from the code: docs/reference, docs/not-here-yet.md, import paths
	$(BIN)/python tools/paths.py
	$(BIN)/python tools/reference.py

hooks: $(VENV)/.developing   ## run the fast checks before each commit, through pre-commit
	$(BIN)/pre-commit install

bench: $(VENV)/.browser   ## run the benchmarks; BENCH=--peer compares with others
	$(BIN)/python -m benchmarks $(BENCH)

soak: $(VENV)/.browser   ## run all cases, and the proofs for long; RUNS=40 times the examples, ROUNDS=100 of histories, CLIENTS=300 for SECONDS=3600
	$(BIN)/pytest tests --ignore tests/unit -m repeat --numprocesses $(WORKERS) --dist worksteal
	RUNS=$(RUNS) $(BIN)/pytest tests/proof --timeout 0
	RUNS=$(RUNS) SEED=$$(date +%s) $(BIN)/python tools/client.py test
	$(BIN)/python -m tests.proof.soak --clients $(CLIENTS) --seconds $(SECONDS)
	$(BIN)/python -m tests.histories --rounds $(ROUNDS)

mutants: $(VENV)/.browser   ## break the code on purpose, and see that a test catches each break
	$(BIN)/python -m tests.mutants

build: $(VENV)/.developing   ## build a wheel that contains the built client, in dist/
	$(BIN)/python -m build --wheel

release: $(VENV)/.developing   ## build and try a wheel, write the release notes; tags and uploads nothing
	$(BIN)/python -m tools.release

clean:   ## remove everything that was installed and built
	rm -rf $(VENV) dist client/node_modules src/dara/core/_static

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Dara needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt hatch_build.py $(shell find client/src -type f) $(wildcard client/*.*)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.browser: $(VENV)/.developing
	$(BIN)/python tools/system.py
	@touch $@
