# Two commands do all the set-up: `make demo` and `make test`. `make help` lists the rest.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
SCALE  ?= 1
SEED   ?= 7

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo test lint lint-python lint-sql format docs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## set up, make sample data, load, build, and answer a question with its proof
	@$(BIN)/assay demo --scale $(SCALE) --seed $(SEED)

test: install-dev ## run the whole test suite
	@$(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

install: $(VENV)/.installed ## set up .venv from the pinned lock; runs nothing else

install-dev: $(VENV)/.installed-dev

lint: install-dev ## linters, type check, import rules and SQL style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory --jobs 2 lint-python lint-sql

lint-python: # has use for one core only, so the other linter works beside it
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-sql:
	$(BIN)/python tests/sqlfluff_cached.py lint --processes 0 models tests/dbt

format: install-dev ## let the formatters have their way
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix models tests/dbt

docs: install-dev ## write the generated pages and pictures of docs/ again (pictures need graphviz)
	$(BIN)/typer assay utils docs --name assay --output docs/commands.md
	$(BIN)/python -m dbt_project.pages
	$(BIN)/python -m dbt_project.reference
	$(BIN)/python -m extract.aws.cost
	$(BIN)/python -m extract.aws.drawing

lock: install-dev ## pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-strip-extras --no-header --no-emit-index-url --quiet --output-file requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra aws --constraint requirements.txt --universal \
		--python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-emit-index-url \
		--quiet --output-file requirements-dev.txt

clean: ## stop the embedded server; remove its data, the sample data and what dbt wrote
	@if [ -x $(BIN)/assay ] && [ -z "$$PGHOST" ]; then $(BIN)/assay down; fi
	rm -rf .assay dataGen target logs

# uv, by the hashes of the development lock, installs in seconds what takes pip two minutes. It reads
# nothing of pip's configuration: it is told the index, and what it cannot install, pip does.
define with_uv
	awk '/^[^ ]/ {of_uv = /^uv==/} of_uv' requirements-dev.txt > $(VENV)/uv.txt \
	&& $(BIN)/pip install --quiet --no-compile --only-binary :all: --require-hashes --requirement $(VENV)/uv.txt \
	&& UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${UV_INDEX_URL:-$$($(BIN)/pip config list \
		| sed -n "s/.*[.]index-url='\(.*\)'/\1/p" | head -n 1)}}" \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement
endef

# Importing dbt from source costs seconds, so bytecode is asked for even where the environment says not to;
# the CDK's 176 MB of it would cost more than they save, and what is hardly imported saves nothing. Some
# packages bring files that no Python can read.
define install_from
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: Assay needs Python 3.11 or newer; try: make $@ PYTHON=python3.12"; exit 2; }
	@echo "installing $(1) (about half a minute, once)"
	@$(with_uv) $(1) || { echo "uv could not; pip installs, which takes a minute or two"; \
		$(BIN)/pip install --quiet --no-compile --require-hashes --requirement $(1); }
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -qq -j 0 \
		-x '/site-packages/(aws_cdk|cdk_nag|mypyc?|phonenumbers|pip|setuptools|.*/tests)/' $(VENV)/lib assay.py extract dbt_project llm || true
	@touch $@
endef

$(VENV)/.installed: requirements.txt pyproject.toml
	$(call install_from,requirements.txt)

$(VENV)/.installed-dev: requirements-dev.txt pyproject.toml
	$(call install_from,requirements-dev.txt)
	@touch $(VENV)/.installed
