# Everything there is to run, each by one command on a bare Debian 12 (python3 >= 3.11, git, make, python3-venv):
#   make demo    the main job on the software loopback: thirty callers talk, the thirty-first hears busy
#   make test    the whole suite (TRUNKBENCH_REQUIRE_PEERS=1: an absent peer fails instead of skipping)
#   make test-dahdi  the DAHDI back end on the real driver, in a virtual machine (Debian only)
#   make lint    ruff, format and mypy --strict
#   make test-ports   what runs in real time: back ends, and the scenarios on every one that runs here
#   make soak    what takes long: 10,000 conversations on a line with every fault, conformance of the peers
#   make fuzz    every reader of traces on mutated seeds, a minute long (FUZZ_SECONDS=3600 for longer)
#   make conformance  writes docs/ports/conformance.md, the table of the port conformance suite
#   make deviations  the conformance suite against installed peers; writes the lists of docs/conformance.md
#   make machines     writes docs/machines/, the pages of the state machines
#   make bench   the benchmarks; writes docs/performance.md
# The first run of each installs into .venv; later ones need no network.

PYTHON ?= python3
PYTEST_ARGS ?= -n 2 --dist loadscope
BENCH_ARGS ?=
FUZZ_SECONDS ?= 60

# The suite starts hundreds of processes: what Python has compiled once is to be kept for the next.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
SOURCES := bench protocols fixtures tests benchmarks

.PHONY: demo test test-ports soak fuzz conformance machines test-dahdi deviations lint bench clean
.DEFAULT_GOAL := test

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than 3.11: make PYTHON=/path/to/a/newer/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make virtual environments: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.created
	@test -e $(VENV)/.installed-dev || $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/trunkbench demo

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-dahdi: $(VENV)/.installed-dev
	tests/vm/test.sh

test-ports: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/ports tests/peers/test_libpri_e1d.py -m realtime --long

soak: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 tests --long -m "long and not realtime"

fuzz: $(VENV)/.installed-dev
	$(BIN)/python tests/fuzz/fuzz_readers.py --seconds $(FUZZ_SECONDS)

conformance: $(VENV)/.installed-dev
	PYTHONPATH=tests/ports $(BIN)/python tests/ports/conformance/matrix.py

deviations: $(VENV)/.installed-dev
	PYTHONPATH=tests/peers $(BIN)/python tests/peers/conform_report.py

machines: $(VENV)/.installed-dev
	$(BIN)/python tests/wire/machinepages.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .trunkbench build dist
