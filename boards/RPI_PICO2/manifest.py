# ruff: noqa: F821
# What the port freezes by default, and umikey. For the RISC-V variant say rv32 instead.
include("$(PORT_DIR)/boards/manifest.py")
include("../umikey.py", native="thumb2")
