# poregrove: `make demo` and `make test` are all one needs; `make help` lists the rest.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Each worker of the test runner is a process of its own; numerical libraries then keep to one thread.
TEST_ENV := NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
PYTEST := $(TEST_ENV) $(BIN)/python -m pytest
PACKAGES := features models pipelines reports schema testing

.PHONY: demo test test-slow test-gpu cov mutants strength docs docs-check site lint types format help clean

demo: $(VENV)/.demo ## install, compare on the shipped sample, write runs/demo/report.html
	$(BIN)/poregrove demo

test: $(VENV)/.test ## install, then every test that is not slow
	$(PYTEST) -n auto --dist worksteal -m "not slow and not gpu"

test-slow: $(VENV)/.test ## the long versions
	$(PYTEST) -n auto --dist worksteal -m "slow and not gpu" --timeout 3600

test-gpu: $(VENV)/.gpu ## what needs a CUDA device; python tests/gpu/run.py asks for less and measures too
	$(PYTEST) -m gpu

cov: $(VENV)/.cov ## lines that no test runs, file by file; htmlcov/index.html shows them
	$(PYTEST) -n auto --dist worksteal -m "not slow and not gpu" --cov --cov-report=term --cov-report=html

mutants: $(VENV)/.test ## spoil the sources one by one; a test must notice each
	$(TEST_ENV) $(BIN)/python tests/mutants/run.py

strength: $(VENV)/.test ## how strong the models are: docs/strength.md; POREGROVE_REFERENCE names a folder with the reference set
	$(TEST_ENV) $(BIN)/python tests/strength/run.py

docs: $(VENV)/.test ## the reference pages, from the declarations
	$(BIN)/python -m poregrove.pipelines.documentation --pictures

docs-check: $(VENV)/.test ## whether the reference pages are what `make docs` writes; names those that are not
	$(BIN)/python -m poregrove.pipelines.documentation --check

site: $(VENV)/.test .types/poregrove ## the documentation as a site, build/site/index.html; warnings are errors, links inside are checked
	rm -rf build/site
	$(BIN)/python -m sphinx -E -W --keep-going -q -b html -d build/site-read -c docs . build/site
	$(BIN)/python tests/helpers/site_checks.py build/site

lint: $(VENV)/.lint ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.lint ## format the sources
	$(BIN)/ruff format .

types: $(VENV)/.lint .types/poregrove ## mypy, strict
	MYPYPATH=.types $(BIN)/mypy $(addprefix -p poregrove.,$(PACKAGES))
	MYPYPATH=.types $(BIN)/mypy tests/helpers/registered_models.py

# The root is the package, which a type checker finds under its name through this link.
.types/poregrove:
	mkdir -p .types
	ln -sfn .. $@

$(VENV)/.created:
	$(PYTHON) -m venv $(VENV)
	touch $@

# The two packages of XGBoost write one folder (docs/install.md): environments of before have the one with CUDA.
$(VENV)/.one-xgboost: $(VENV)/.created
	$(BIN)/python -m pip uninstall --quiet --yes xgboost nvidia-nccl-cu12 2>/dev/null
	touch $@

$(VENV)/.demo: $(VENV)/.one-xgboost pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable ".[cnn]"
	touch $@

$(VENV)/.test: $(VENV)/.one-xgboost pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable ".[test,docs,cnn,adapters,simulate,network,bench,dask,tune,catboost,onnx,png,serve,completion,gpu-check,formats]"
	touch $@

$(VENV)/.gpu: $(VENV)/.test
	$(BIN)/python -m pip uninstall --quiet --yes xgboost-cpu
	$(PIP_INSTALL) xgboost
	touch $@

$(VENV)/.lint: $(VENV)/.test
	$(PIP_INSTALL) --editable ".[lint]"
	touch $@

$(VENV)/.cov: $(VENV)/.test
	$(PIP_INSTALL) --editable ".[cov]"
	touch $@

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1	\2/' | expand -t 14

clean: ## remove what was installed, built or written here, runs included
	rm -rf $(VENV) .types build dist *.egg-info runs htmlcov .coverage
