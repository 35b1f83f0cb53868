# ruff: noqa: F821
# What the port freezes by default, and umikey. Cortex-M0+: viper, but no UMULL.
include("$(PORT_DIR)/boards/manifest.py")
include("../umikey.py", native="thumb1")
