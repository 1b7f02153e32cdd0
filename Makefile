# Two commands do all: `make demo` runs the main job on the embedded default, `make test` passes the tests.
# Every target makes the virtual environment first, from constraints.txt, and only when those files changed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SHARED ?= ../shared

SECONDS ?= 60
JOBS ?= auto

.PHONY: demo quick test numeric test-all fuzz check format bench bench-study oracles coverage coverage-tables docs clean

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit('ecg_eval needs Python 3.11 or newer; set PYTHON=/path/to/python3.11') if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

demo: $(VENV)/installed
	$(BIN)/ecg-eval demo --out runs/demo

test: $(VENV)/installed
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow" --cov --cov-report= --cov-fail-under=95

# What a change usually breaks, in less than a minute: style, types, floors, and the tests that read no real data, train
# nothing and start no process.
QUICK := tests/test_*.py $(addprefix tests/,config domain references metrics storage reports/sections cli/test_in_process.py)
quick: $(VENV)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow and not shared_data" $(QUICK)

# The numeric tests with the sums of other processors, whatever this one is: OpenBLAS takes the kernels it is told.
numeric: $(VENV)/installed
	for core in Haswell $$(grep -qs avx512f /proc/cpuinfo && echo SkylakeX); do \
	  echo "as on $$core:"; \
	  OPENBLAS_CORETYPE=$$core $(BIN)/python -m pytest -q -n $(JOBS) -m "numeric and not slow" tests || exit 1; \
	done

test-all: $(VENV)/installed coverage-tables
	$(BIN)/python -m pytest
	$(BIN)/python scripts/fuzz_readers.py --seconds $(SECONDS)

fuzz: $(VENV)/installed
	$(BIN)/python scripts/fuzz_readers.py --seconds $(SECONDS)

check: $(VENV)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/typos
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_floors.py tests/docs/test_docstrings.py

format: $(VENV)/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

coverage: test
	$(BIN)/coverage report

oracles: $(VENV)/installed
	$(BIN)/python scripts/verify_statistics.py $(SHARED)/oracles

bench: $(VENV)/installed
	$(BIN)/python benchmarks/run.py --out docs/benchmarks.md

# Whole studies, frames to table, beside a plain pandas and scikit-learn script.
bench-study: $(VENV)/installed
	$(BIN)/python benchmarks/run.py --only study

coverage-tables: $(VENV)/installed
	$(BIN)/python scripts/simulate_statistics.py --out docs/statistics/coverage.md

# The documentation as a site in site/, read without a network.
docs: $(VENV)/installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean:
	rm -rf $(VENV) runs site
