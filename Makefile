# Everything a person does with this repository; `make help` lists it.
# GNU make 3.81 (macOS) is enough.

FITS = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(FITS)' 2>/dev/null && echo $$python && break; done)
INSTALL = $(or $(PYTHON),$(error Easel needs Python 3.11 or newer: install one, or name it with make PYTHON=...)) \
	-m local.install .venv
STAGE ?= dev
LIMIT ?= 1.00
VENV := .venv/bin
OFFLINE := tests/unit tests/integration tests/providers tests/outbound tests/local tests/docs tests/interface tests/infra tests/aws_reality tests/simulation tests/adversarial tests/browser
LOCAL := $(VENV)/python -m local
NODE := $(VENV)/python -m local.node
IF_INSTALLED := test ! -x $(VENV)/python ||
export PYTHONPATH := functions

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests setup-interface interface demo up down status logs reset env test test-dynamodb-local unit house walk check mutants lint format synth price deploy doctor verify named-url prove

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { gsub(/[$$][$$]/, "$$"); printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what running and deploying needs (the other targets do it by themselves)
	@$(INSTALL) requirements.txt

setup-tests:
	@$(INSTALL) requirements.txt tests/requirements.txt

setup-interface: setup-tests
	@$(VENV)/python -m tests.interface.programs

demo: setup ## the whole stack on this machine, two pictures, and what to try next
	@$(LOCAL) demo

up: setup ## the whole stack on this machine; run it again after a change
	@$(LOCAL) up

down: ## stop everything that `up` started; the data stays
	@$(IF_INSTALLED) $(LOCAL) down

status: ## which processes run, where, and where they write
	@$(IF_INSTALLED) $(LOCAL) status

logs: ## what the functions said in the last quarter of an hour
	@$(IF_INSTALLED) $(LOCAL) logs

reset: ## stop, and forget the local stage's data
	@$(IF_INSTALLED) $(LOCAL) reset

env: ## for `eval "$$(make -s env)"`: AWS in this shell becomes the emulator
	@$(IF_INSTALLED) exec $(LOCAL) env; echo "nothing is installed yet: \`make up\`; AWS in this shell now leads nowhere" >&2; \
		echo "unset AWS_PROFILE AWS_SESSION_TOKEN; export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test; false"; exit 1

test: setup-interface ## every test: unit, aws, workflow, infra, then the stack on this machine
	@$(NODE) $(VENV)/python -m pytest -n auto --dist worksteal $(OFFLINE) $(PYTEST_ARGS)
	@$(LOCAL) test

test-dynamodb-local: setup-tests ## the use cases' tests on Amazon's own DynamoDB engine (needs Java 17; installed, never shipped)
	@$(VENV)/python -m tests.dynamodb_local $(PYTEST_ARGS)

# Where bytecode is forbidden, compiling the tests anew takes as long as running them.
unit: export PYTHONDONTWRITEBYTECODE =
unit: setup-tests ## the quick tests alone
	@$(VENV)/python -m pytest -n auto --dist worksteal tests/unit $(PYTEST_ARGS)

interface: setup-interface ## what machines read: the OpenAPI document's linters, examples and generated clients
	@$(VENV)/python -m pytest tests/interface tests/unit/openapi $(PYTEST_ARGS)

house: setup-tests ## how the code is laid out, in figures that a test holds
	@$(VENV)/python -m tools.house

walk: setup-tests ## the way of one request through the packages, counted, and what imports cost beside their need
	@$(VENV)/python -m tools.walk

check: setup-tests ## PACKAGE=credits: style, types, imports and every test of one package
	@$(VENV)/ruff check functions/easel/$(PACKAGE)
	@$(VENV)/mypy functions/easel/$(PACKAGE)
	@$(VENV)/lint-imports
	@$(VENV)/python -m pytest $(wildcard tests/*/$(PACKAGE) tests/$(PACKAGE)) $(PYTEST_ARGS)

mutants: setup-tests ## PACKAGE=credits: whether its tests notice small bugs put in one at a time (minutes); names what they miss
	@$(VENV)/python -m tools.mutants $(PACKAGE) $(FILES)

lint: setup-tests ## style, types, and which way imports point
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy .
	@$(VENV)/lint-imports

format: setup-tests ## put the code into its usual form
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

synth: setup ## STAGE=prod: the CloudFormation template, without an account
	@$(NODE) cdk synth --quiet -c stage=$(STAGE)
	@echo "cdk.out/easel-$(STAGE).template.json"

price: synth ## STAGE=prod: what the stage costs in a month without jobs, from its template
	@.venv/bin/python -m infra.idle_price cdk.out/easel-$(STAGE).template.json $$(ls cdk.out/easel-$(STAGE)-edge.template.json 2>/dev/null)

deploy: setup ## STAGE=dev: into the AWS account that your credentials lead to
	@$(NODE) cdk deploy --all -c stage=$(STAGE)

doctor: setup ## STAGE=dev: whether a stage will work, or does: READY or NOT READY, with remedies (`easel doctor --help`)
	@$(VENV)/easel doctor --stage $(STAGE) $(DO)

verify: named-url setup-tests ## URL=https://… STAGE=dev LIMIT=1.00: the stack tests against a deployed stage, for at most that many dollars
	@$(VENV)/python -m ops.verify --url "$(URL)" --stage "$(STAGE)" --limit "$(LIMIT)"

named-url:
	@case "$(URL)" in http://*|https://*) ;; *) echo "say where: make verify URL=https://… STAGE=$(STAGE) LIMIT=$(LIMIT)" >&2; exit 2;; esac

prove: setup-tests ## WHAT=…: one of the proofs in tests/simulation and tests/adversarial; without WHAT, their names
	@POWERTOOLS_LOG_LEVEL=CRITICAL $(VENV)/python -m tests.prove $(WHAT)
