# ruff: noqa: F821
# What the tests use besides umikey; the unix port freezes it by default as well.
include("$(MPY_DIR)/extmod/asyncio")
