# ruff: noqa: F821
# What the port freezes by default, and umikey. Xtensa: viper, no inline assembler of ours.
include("$(PORT_DIR)/boards/manifest.py")
include("../umikey.py", native="viper")
