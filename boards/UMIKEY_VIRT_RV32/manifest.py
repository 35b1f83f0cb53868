# ruff: noqa: F821
include("../umikey.py", native="rv32")
