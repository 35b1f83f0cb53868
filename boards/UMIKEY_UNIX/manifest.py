# ruff: noqa: F821
import platform

include("base.py")
include("../umikey.py", native="viper" if platform.machine() in ("x86_64", "i686") else "none")
