# The commands of this project. A fresh machine needs Python 3.11+ and make; the rest is installed into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
RUNS   ?= 20
CLIENTS ?= 300
SECONDS ?= 3600
WORKERS ?= 2

.PHONY: demo test check soak mutants bench docs build format clean

demo: $(VENV)/.installed   ## serve the demo app on http://127.0.0.1:8000
	@cd examples && PATH="$(CURDIR)/$(BIN):$$PATH" exec dara start --config together:config --port $(PORT)

test: check $(VENV)/.browser   ## every test; the slow ones two at a time
	$(BIN)/pytest tests --ignore tests/unit --numprocesses $(WORKERS) --dist worksteal

check: $(VENV)/.developing   ## the fast part: format, lint, types, import contracts, unit tests, budgets
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports > .import-linter || { cat .import-linter; exit 1; }
	$(BIN)/python tools/client.py check
	$(BIN)/pytest tests/unit

soak: $(VENV)/.developing   ## the proofs with other examples, RUNS times as many, and a crowd for SECONDS
	RUNS=$(RUNS) $(BIN)/pytest tests/proof
	RUNS=$(RUNS) SEED=$$(date +%s) $(BIN)/python tools/client.py test
	$(BIN)/python -m tests.proof.soak --clients $(CLIENTS) --seconds $(SECONDS)

mutants: $(VENV)/.browser   ## deliberate breaks, each of which a test must catch
	$(BIN)/python -m tests.mutants

bench: $(VENV)/.browser   ## the benchmarks; BENCH=--peer also runs them against others
	$(BIN)/python -m benchmarks $(BENCH)

docs: $(VENV)/.developing   ## the reference, in docs/reference, from the code
	$(BIN)/python tools/reference.py

build: $(VENV)/.developing   ## a wheel that contains the built client, in dist/
	$(BIN)/python -m build --wheel

format: $(VENV)/.developing   ## put the code into shape
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/python tools/client.py format

clean:   ## forget what was installed and built
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
