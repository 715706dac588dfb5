# Everything needs only Python 3.11 or newer; each target makes its own virtual environment first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
NODE := $(foreach room,oracles medplum browser schema examples,tests/$(room)/node_modules/.package-lock.json)
CLIENT := tests/clients/.venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo serve test cover bench bench-terminology soak faults lock clean

help:
	@echo "make demo    see an EHR call the service with three charts, and the cards that come back"
	@echo "make serve   run the service (HOST, PORT; all settings: README)"
	@echo "make test    style, types and every test"
	@echo "make cover   every test, with branch coverage"
	@echo "make bench   measure speed (results in benchmarks/results)"
	@echo "make bench-terminology    measure units beside other UCUM libraries"
	@echo "make soak    30 minutes of mixed load, a spike, and the time after it (MINUTES)"
	@echo "make faults  break a running service in every way it promises to bear"
	@echo "make lock    renew constraints.txt from pyproject.toml"

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.11")'
	@echo 'Setting up $(VENV) (this takes a minute or two) …'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $(READY)

demo: $(READY)
	@$(BIN)/hormone-cds demo

serve: $(READY)
	@exec $(BIN)/python -m service

# What tests compare with or run against from npm (units, a FHIR server, a place to sign in); where there is no npm, they
# say so and skip.
tests/%/node_modules/.package-lock.json: tests/%/package.json tests/%/package-lock.json
	@if command -v npm > /dev/null; then npm ci --prefix tests/$* --no-audit --no-fund --loglevel=error && touch $@; \
	else echo 'npm was not found: the tests that need what is in tests/$*/package.json are skipped'; fi

# A CDS Hooks client of others, apart from our own libraries; where it cannot be installed, its tests say so and skip.
$(CLIENT): tests/clients/requirements.txt
	@$(PYTHON) -m venv tests/clients/.venv
	@tests/clients/.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< && touch $@ \
	|| { rm -rf tests/clients/.venv; echo 'HealthChain could not be installed: the tests of tests/clients are skipped'; }

test: $(READY) $(NODE) $(CLIENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

cover: $(READY) $(NODE) $(CLIENT)
	$(BIN)/pytest --cov --cov-branch -n auto --dist loadfile --no-loadscope-reorder

bench: $(READY)
	$(BIN)/python benchmarks/run.py

bench-terminology: $(READY)
	$(BIN)/python benchmarks/ucum_libraries.py

MINUTES ?= 30
soak: $(READY)
	$(BIN)/python -m benchmarks.soak $(MINUTES)

faults: $(READY)
	$(BIN)/python -m benchmarks.faults

# Resolves afresh, away from this environment, so that nothing installed by hand gets in.
lock:
	rm -rf $(VENV)-lock
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check '.[test]'
	$(VENV)-lock/bin/python -m pip freeze --exclude hormone-cds > constraints.txt
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) $(VENV)-lock build dist *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
