# poregrove: `make demo` and `make test` are all one needs.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Each worker of the test runner is a process of its own; numerical libraries then keep to one thread.
TEST_ENV := NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
PYTEST := $(TEST_ENV) $(BIN)/python -m pytest
PACKAGES := features models pipelines reports schema

.PHONY: demo test test-slow test-gpu mutants docs lint types format clean

demo: $(VENV)/.demo ## install, compare on the shipped sample, write runs/demo/report.html
	$(BIN)/poregrove demo

test: $(VENV)/.test ## install, then every test that is not slow
	$(PYTEST) -n auto --dist worksteal -m "not slow and not gpu"

test-slow: $(VENV)/.test ## the long versions
	$(PYTEST) -n auto --dist worksteal -m "slow and not gpu" --timeout 3600

test-gpu: $(VENV)/.test ## what needs a CUDA device; python tests/gpu/run.py asks for less and measures too
	$(PYTEST) -m gpu

mutants: $(VENV)/.test ## spoil the sources one by one; a test must notice each
	$(TEST_ENV) $(BIN)/python tests/mutants/run.py

docs: $(VENV)/.test ## the reference pages, from the declarations
	$(BIN)/python -m poregrove.pipelines.documentation

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.lint
	$(BIN)/ruff format .

types: $(VENV)/.lint .types/poregrove
	MYPYPATH=.types $(BIN)/mypy $(addprefix -p poregrove.,$(PACKAGES))

# The root is the package, which a type checker finds under its name through this link.
.types/poregrove:
	mkdir -p .types
	ln -sfn .. $@

$(VENV)/.created:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo: $(VENV)/.created pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable ".[cnn]"
	touch $@

$(VENV)/.test: $(VENV)/.created pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable ".[test,cnn,simulate,network,bench,dask,tune,catboost,onnx,serve]"
	touch $@

$(VENV)/.lint: $(VENV)/.test
	$(PIP_INSTALL) --editable ".[lint]"
	touch $@

clean:
	rm -rf $(VENV) .types build dist *.egg-info runs
