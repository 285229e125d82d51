# The two commands a newcomer needs: make demo, make test. Both make the virtual environment they run in.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: demo test check bench fuzz kills prove quality serve format lock clean

demo: $(STAMP)
	$(BIN)/python demo/run.py

test: $(STAMP)
	$(BIN)/pytest

check: $(STAMP)
	$(BIN)/ruff format --check src tests bench demo fuzz prove
	$(BIN)/ruff check src tests bench demo fuzz prove
	$(BIN)/mypy
	$(BIN)/pytest

format: $(STAMP)
	$(BIN)/ruff format src tests bench demo fuzz prove
	$(BIN)/ruff check --fix src tests bench demo fuzz prove

bench: $(STAMP)
	$(BIN)/python -m bench

fuzz: $(STAMP)
	$(BIN)/python -m fuzz.guided $${TARGET:-all} --seconds $${SECONDS:-1200} --fixtures

prove: $(STAMP)
	$(BIN)/python -m prove $${PAIRS:-1000000}

quality: $(STAMP)
	HULLSCAN_DATA_DIR=.quality $(BIN)/hullscan feeds refresh --from ../shared/feeds
	HULLSCAN_QUALITY_STORE=.quality $(BIN)/pytest -s tests/quality

kills: $(STAMP)
	HULLSCAN_KILLS=$${KILLS:-500} $(BIN)/pytest -s tests/integration/test_kills.py

serve: $(STAMP)
	$(BIN)/hullscan serve

# Exact versions with hashes, and no address of an index: pip takes the one it is configured for.
lock: $(STAMP)
	$(BIN)/pip install pip-tools
	$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --strip-extras --allow-unsafe -o requirements.txt pyproject.toml
	$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --strip-extras --allow-unsafe --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
	# pip-compile forgets the markers of an extra; tests/unit/test_requirements.py compares them with pyproject.toml.
	sed -i "s/^\\(atheris==[^ ]*\\) /\\1 ; sys_platform == 'linux' and platform_machine == 'x86_64' and python_version < '3.14' /" requirements-dev.txt

$(STAMP): requirements-dev.txt pyproject.toml
	command -v $(PYTHON) >/dev/null && $(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)
	$(BIN)/pip install -q --require-hashes -r requirements-dev.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $(STAMP)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
