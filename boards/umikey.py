# ruff: noqa: F821
# Freezes umikey, all of it, for one kind of core. Every board's manifest includes this file:
#
#   include("$(BOARD_DIR)/../umikey.py", native="thumb2")
#
# native="none"    no native code at all (ESP8266, Cortex-M0 without an emitter)
#        "thumb1"  Cortex-M0+: viper, but no UMULL
#        "thumb2"  Cortex-M3 and above
#        "rv32"    RISC-V
#        "viper"   viper alone: Xtensa, x86-64
#
# table="6k"       which table for 2^x to keep in flash, for the DH modes: "1k5", "3k", "6k", "12k",
#                  "24k", "none", or "all" of them (docs/tables.md says what each buys)
#
# Files written for one kind of core say so in their name: _*_viper.py is for any core with an
# emitter, _asm_*.py holds inline assembler, _asm_*rv32*.py for RISC-V, the others for Thumb-2.
# mpy-cross refuses them for another core, so they are left out.
import os

options.defaults(native="none", table="all")


def _fits(name):
    if name.startswith("oakley5_"):
        return options.table in ("all", name[len("oakley5_") : -len(".py")])
    if name.startswith("_asm_"):
        return options.native == ("rv32" if "rv32" in name else "thumb2")
    if name.startswith("_") and name.endswith("_viper.py"):
        return options.native != "none"
    return True


# A manifest runs in its own folder.
_base = os.path.abspath("../firmware")
for _folder, _, _names in sorted(os.walk(os.path.join(_base, "umikey"))):
    for _name in sorted(_names):
        if _name.endswith(".py") and _fits(_name):
            module(os.path.relpath(os.path.join(_folder, _name), _base), base_path=_base, opt=3)
