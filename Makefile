# Two commands do all: `make demo` runs the main job on the embedded default, `make test` passes the tests.
# Every target makes the virtual environment first, from constraints.txt, and only when those files changed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SHARED ?= ../shared

SECONDS ?= 60
JOBS ?= auto

.PHONY: demo quick test numeric test-all fuzz check format bench bench-study oracles coverage coverage-stats coverage-tables docs sbom wheels faults clean

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit('ecg_eval needs Python 3.11 or newer; set PYTHON=/path/to/python3.11') if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

demo: $(VENV)/installed
	$(BIN)/ecg-eval demo --out runs/demo

# As many processes as cores, so one thread each: more would wait for one another, busily.
test: $(VENV)/installed
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow"

# What a change usually breaks, in less than a minute: style, types, floors, and the tests that read no real data, train
# nothing and start no process.
QUICK := tests/test_*.py $(addprefix tests/,config domain references metrics storage reports/sections cli/test_in_process.py)
quick: $(VENV)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow and not shared_data" $(QUICK)

# The numeric tests with the sums of other processors: OpenBLAS takes the kernels it is told. This one's own kernels are
# those of `make test`.
OWN_CORE = $$($(BIN)/python -c "import numpy, threadpoolctl as t; print(t.threadpool_info()[0]['architecture'])")
numeric: $(VENV)/installed
	own=$(OWN_CORE); \
	for core in Haswell $$(grep -qs avx512f /proc/cpuinfo && echo SkylakeX); do \
	  if [ $$core = $$own ]; then echo "as on $$core: that is this processor, see make test"; continue; fi; \
	  echo "as on $$core:"; \
	  OPENBLAS_CORETYPE=$$core $(BIN)/python -m pytest -q -n $(JOBS) -m "numeric and not slow" tests || exit 1; \
	done

test-all: $(VENV)/installed coverage-tables coverage-stats
	$(BIN)/python -m pytest --cov --cov-report= --cov-fail-under=95
	$(BIN)/python scripts/fuzz_readers.py --seconds $(SECONDS)

fuzz: $(VENV)/installed
	$(BIN)/python scripts/fuzz_readers.py --seconds $(SECONDS)

check: $(VENV)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/typos
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n $(JOBS) tests/test_floors.py tests/docs/test_docstrings.py

format: $(VENV)/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What the tests reach. Tracing doubles their time, so `make test` goes without.
coverage: $(VENV)/installed
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow" --cov --cov-report= --cov-fail-under=95
	$(BIN)/coverage report

# Every branch of the statistics, by the tests that use them most.
coverage-stats: $(VENV)/installed
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow" --cov=ecg_eval/stats --cov-report= \
	  $(addprefix tests/,stats metrics oracles planning/schedules)
	$(BIN)/coverage report --fail-under=100 | tail -n 1

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

# What is inside: a bill of materials, and docs/licences.md, by tools that live in an environment of their own.
sbom: $(VENV)/installed
	$(PYTHON) -m venv $(VENV)-sbom
	$(VENV)-sbom/bin/pip install --quiet "cyclonedx-bom>=7,<8" "pip-licenses>=5,<6"
	mkdir -p build
	$(VENV)-sbom/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --of JSON -o build/sbom.json
	$(VENV)-sbom/bin/pip-licenses --python $(BIN)/python --format json --with-urls --output-file build/licences.json
	$(BIN)/python scripts/licences.py build/licences.json

# The wheel and the source archive, built twice: both must be the same to the byte.
wheels: $(VENV)/installed
	rm -rf build/first build/second
	export SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct); \
	for folder in first second; do $(BIN)/python -m build --no-isolation --outdir build/$$folder . >/dev/null || exit 1; done
	cd build/first && sha256sum * | tee ../SHA256SUMS && cd ../second && sha256sum --check ../SHA256SUMS

# Every fault that a run must survive, tried: docs/faults.md (an hour and more).
faults: $(VENV)/installed
	$(BIN)/python scripts/faults.py --kills 200

clean:
	rm -rf $(VENV) $(VENV)-sbom build runs site
