# Everything needs only Python 3.11 or newer; each target makes its own virtual environment first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
NODE := $(foreach room,oracles medplum browser schema examples,tests/$(room)/node_modules/.package-lock.json)
CLIENT := tests/clients/.venv/.ready
SPARK := tests/spark/.venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-all test-logs cover fuzz audit sbom manifests bench bench-terminology soak faults lock clean

help:
	@echo "make demo    see an EHR call the service with three charts, and the cards that come back"
	@echo "make serve   run the service (HOST, PORT; all settings: README)"
	@echo "make test    style, types and the tests, in less than ten minutes on two cores"
	@echo "make test-all    the same with every test: longer drills, every official example of FHIR"
	@echo "make test-logs    every test at the most verbose log, and the log searched for every patient of the stories"
	@echo "make cover   every test, with branch coverage"
	@echo "make fuzz    change inputs until something breaks (MINUTES=10)"
	@echo "make audit   known vulnerabilities of what we depend on, and risky code (asks a service on the internet)"
	@echo "make manifests    compose.yaml and kubernetes.yaml against their schemas"
	@echo "make sbom    what the image contains, as CycloneDX: dist/sbom.cdx.json"
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

# Tests start services in processes of their own, again and again: bytecode is kept, whatever is usual on this machine.
test cover test-logs: export PYTHONDONTWRITEBYTECODE :=
test-all cover test-logs: export TESTS := all

# Spark with our package, apart: 700 MB that nothing else needs. Where it cannot be installed, its tests say so and skip.
$(SPARK): pyproject.toml constraints.txt
	@$(PYTHON) -m venv tests/spark/.venv
	@tests/spark/.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --editable '.[spark]' && touch $@ \
	|| { rm -rf tests/spark/.venv; echo 'Spark could not be installed: the tests of tests/spark are skipped'; }

test: $(READY) $(NODE) $(CLIENT) $(SPARK)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers auto
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

test-all: test

cover: $(READY) $(NODE) $(CLIENT) $(SPARK)
	$(BIN)/pytest --cov --cov-branch -n auto --dist loadfile --no-loadscope-reorder

LOG := build/test-log.txt
test-logs: $(READY) $(NODE) $(CLIENT) $(SPARK)
	@mkdir -p build
	$(BIN)/pytest -s -p tests.logs.plugin -n auto --dist loadfile --no-loadscope-reorder 2> $(LOG)
	$(BIN)/python -m tests.logs.search $(LOG)

# Guided by coverage where atheris has a wheel for this Python; else Hypothesis alone.
MINUTES ?= 10
FUZZ := tests/fuzz/.venv
$(FUZZ)/.ready: pyproject.toml constraints.txt tests/fuzz/requirements.txt
	@$(PYTHON) -m venv $(FUZZ)
	@$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: \
	  --requirement tests/fuzz/requirements.txt || echo 'atheris could not be installed: fuzzing is blind'
	@touch $@

fuzz: $(FUZZ)/.ready
	$(FUZZ)/bin/python -m tests.fuzz.run --minutes $(MINUTES)

# Tools that look at what we depend on, in an environment of their own.
AUDIT := .venv-audit
$(AUDIT)/.ready: .ci/audit.txt
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# What runs and nothing else: the bill of materials lists what the image has.
SHIPPED := .venv-shipped
$(SHIPPED)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -m venv --without-pip $(SHIPPED)
	@$(PYTHON) -m pip --python $(SHIPPED)/bin/python install --quiet --disable-pip-version-check \
	  --constraint constraints.txt '.[postgresql,population,sign-in,traces]'
	@touch $@

sbom: $(AUDIT)/.ready $(SHIPPED)/.ready
	@mkdir -p dist
	$(AUDIT)/bin/cyclonedx-py environment $(SHIPPED)/bin/python --output-reproducible \
	  --output-file dist/sbom.cdx.json

manifests: $(AUDIT)/.ready
	$(AUDIT)/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(AUDIT)/bin/kubernetes-validate --strict kubernetes.yaml

# --strict: a package that could not be looked up (a registry without the service, no network) is a failure, no pass. What
# is found is written to a file: without one, nothing was asked to the end. Other services: AUDIT_FLAGS='-s osv'.
FOUND := build/audit.txt
audit: $(READY) sbom
	$(BIN)/ruff check --select S .
	@mkdir -p build && rm -f $(FOUND)
	@$(AUDIT)/bin/pip-audit --strict --no-deps --disable-pip --requirement constraints.txt --output $(FOUND) $(AUDIT_FLAGS) \
	|| { test -s $(FOUND) && cat $(FOUND) \
	|| echo 'NOT AUDITED: no service of known vulnerabilities could be asked about every package (see above).' >&2; exit 1; }

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
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check '.[test,spark]'
	$(VENV)-lock/bin/python -m pip freeze --exclude hormone-cds > constraints.txt
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) $(VENV)-lock $(AUDIT) $(SHIPPED) $(FUZZ) build dist *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
