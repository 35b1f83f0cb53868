# The emulated board as MicroPython's qemu port defines it, with umikey frozen.
include boards/VIRT_RV32/mpconfigboard.mk

FROZEN_MANIFEST ?= $(BOARD_DIR)/manifest.py

# Debian's GCC 12 compiles for rv32imac_zicsr only under that name, but has its 32-bit libgcc under
# the name rv32imac alone, so objects and link need different ones.
$(BUILD)/firmware.elf: private RV32_ARCH = rv32imac
