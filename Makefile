# Everything is done in build/venv and the cache; `make help` says what there is.

PYTHON ?= python3
TARGET ?=
JOBS ?=
ARGS ?=

PY := build/venv/bin/python
export PYTHONPATH := tools:host_tests
export UMIKEY_JOBS := $(JOBS)
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup venv firmware test demo bench size vectors lint clean
.DEFAULT_GOAL := help

help: ## show this list
	@echo "make demo     the main job: the desktop peer, and MicroPython clients of it, in every mode"
	@echo "make test     all tests, on every target that this machine can run"
	@echo "make bench    measure speed, heap and wire size, and compare them with the budgets"
	@echo "make size     what umikey costs in flash, by module and by use"
	@echo "make vectors  check test vectors on a target: DIR=<folder> TARGET=<target>"
	@echo "make firmware the MicroPython firmware of each target, with umikey in it"
	@echo "make setup    the Debian packages and the tools; the commands above do it by themselves"
	@echo "make venv     only the Python environment, build/venv"
	@echo "make lint     check the code's style"
	@echo "make clean    remove what was built in this folder (the cache of firmware stays)"
	@echo
	@echo "TARGET=<name> one target: cpython, unix, qemu-m3, qemu-m0, qemu-rv32 or board"
	@echo "JOBS=<n>      how many compilers run at once; ARGS=... more words for pytest"

venv:
	@PYTHONPATH=tools $(PYTHON) -m umikey_dev.bootstrap

setup: venv
	@$(PY) -m umikey_dev setup

firmware: venv
ifeq ($(TARGET),)
	@set -e; for t in unix qemu-m3 qemu-m0 qemu-rv32; do $(PY) -m umikey_dev firmware --target $$t; done
else
	@$(PY) -m umikey_dev firmware --target $(TARGET)
endif

test: setup
	@$(PY) -m pytest $(if $(TARGET),--target=$(TARGET)) $(ARGS)

demo: setup
	@$(PY) -m umikey_dev.demo

bench: setup
	@$(PY) -m umikey_dev.bench $(if $(TARGET),--target $(TARGET))

size: setup
	@$(PY) -m umikey_dev size

vectors: setup
	@test -n "$(DIR)" && test -n "$(TARGET)" || { echo "usage: make vectors DIR=<folder> TARGET=<target>"; exit 2; }
	@$(PY) -m umikey_dev.vectors --dir "$(DIR)" --target "$(TARGET)"

lint: venv
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

clean:
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis tools/*.egg-info
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
