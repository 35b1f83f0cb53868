# ruff: noqa: F821
# Freezes umikey. Boards whose core has no native code emitter: boards/umikey.py has the
# choice; this one is for Cortex-M3 and above, RISC-V excepted.
metadata(version="0.1.0", description="MIKEY key management, RFC 3830")
include("../boards/umikey.py", native="thumb2")
