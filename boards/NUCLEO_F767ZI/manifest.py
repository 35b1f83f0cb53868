# ruff: noqa: F821
# What the port freezes for this board, and umikey.
include("$(PORT_DIR)/boards/NUCLEO_F767ZI/manifest.py")
include("../umikey.py", native="thumb2")
