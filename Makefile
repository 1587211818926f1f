# Every target makes its own environment first; nothing needs to be installed by hand but
# Python (>= 3.11), git and make.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
MARK = $(VENV)/.installed-
PYTEST_WORKERS ?= 2

.PHONY: help demo test check lint types floors unit faults bench servers clean

help:
	@echo 'make demo    open a living world on this machine (nothing to configure)'
	@echo 'make test    run every test; installs the servers it tests against where it may'
	@echo 'make check   lint, types, floors and unit tests: about a minute'
	@echo 'make faults  kill the worker at every boundary, cut links, fill disks: one to two hours'
	@echo 'make bench   print every measured figure beside its bar'

$(MARK)run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(MARK)dev: $(MARK)run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(MARK)run
	$(BIN)/devops-tui demo

servers:
	@sh .ci/servers

test: $(MARK)dev servers lint types floors
	@# Side by side the stories with real servers compete for two cores and may outlast their
	@# patience. What failed so runs once more, alone; both outcomes are printed.
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup || { \
	  echo '== failed side by side; once more, alone:'; \
	  $(BIN)/python .ci/ungroup.py; \
	  $(BIN)/python -m pytest --last-failed --last-failed-no-failures none; }

check: $(MARK)dev lint types floors unit

lint: $(MARK)dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(MARK)dev
	$(BIN)/mypy

floors: $(MARK)dev
	$(BIN)/lint-imports

# The parts that need no server, no terminal and no other process.
UNIT = architecture bootstrap config domain presentation reports services triage

unit: $(MARK)dev
	$(BIN)/python -m pytest -q -n $(PYTEST_WORKERS) -m 'not real and not slow' $(UNIT:%=tests/%)

# `make test` runs a sample of it and prints the seed of that.
faults: $(MARK)dev servers
	DEVOPS_TUI_FAULTS=full $(BIN)/python -m pytest tests/faults

# What is left out is part of others, and measures nothing by itself.
BENCHES = $(filter-out benchmarks/triage_corpus.py benchmarks/fleet_beside.py benchmarks/fleet_played.py benchmarks/fleet_scene.py benchmarks/flip_report.py benchmarks/flip_wait.py,$(sort $(wildcard benchmarks/*.py)))

bench: $(MARK)dev
	@status=0; for file in $(BENCHES); do echo "== $$file"; $(BIN)/python $$file --check || status=1; done; exit $$status

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
