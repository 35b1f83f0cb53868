# The emulated board as MicroPython's qemu port defines it, with umikey frozen.
include boards/MPS2_AN385/mpconfigboard.mk

FROZEN_MANIFEST ?= $(BOARD_DIR)/manifest.py
