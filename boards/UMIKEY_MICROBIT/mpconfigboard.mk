# The emulated board as MicroPython's qemu port defines it, with umikey frozen.
include boards/MICROBIT/mpconfigboard.mk

FROZEN_MANIFEST ?= $(BOARD_DIR)/manifest.py
