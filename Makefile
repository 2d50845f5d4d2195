# Seven targets, a line each; without make, paste the line.
PY ?= python3
BIN = .venv/bin
.PHONY: demo test lint types flow docs bench check

.venv/local: requirements/local.txt pyproject.toml
	$(PY) -m venv .venv && $(BIN)/pip install -q -r requirements/local.txt && $(BIN)/pip install -q --no-deps -e . && touch $@

.venv/dev: requirements/dev.txt pyproject.toml
	$(PY) -m venv .venv && $(BIN)/pip install -q -r requirements/dev.txt && $(BIN)/pip install -q --no-deps -e . && touch $@

demo: .venv/local
	$(BIN)/debate run examples/exchange.md

test: .venv/dev
	$(BIN)/pytest -n auto --dist worksteal

lint: .venv/dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/codespell

types: .venv/dev
	$(BIN)/mypy

flow: .venv/dev
	$(BIN)/lint-imports

docs: .venv/dev
	$(BIN)/python docs/generate.py --check

bench: .venv/dev
	$(BIN)/python benchmarks/performance.py

check: lint types flow docs test
