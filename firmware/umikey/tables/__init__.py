"""Fixed-base tables: what a board may keep in flash to compute 2^x for the DH modes faster.

A table is one `bytes` constant, made by tools/gen_tables.py. Frozen, or imported from ROMFS, it
stays in flash; as .mpy or source on a file system all of it is loaded into the heap. A board's
manifest picks one; `umikey.crypto.dh` works without as well.
"""


def oakley5():
    """The largest table for OAKLEY 5 that is installed, or None."""
    for name in ("24k", "12k", "6k", "3k", "1k5"):
        try:  # written out: a name that is put together stays in the heap for ever
            if name == "24k":
                from umikey.tables.oakley5_24k import data
            elif name == "12k":
                from umikey.tables.oakley5_12k import data
            elif name == "6k":
                from umikey.tables.oakley5_6k import data
            elif name == "3k":
                from umikey.tables.oakley5_3k import data
            else:
                from umikey.tables.oakley5_1k5 import data
            return data
        except (ImportError, MemoryError):
            pass
    return None


def shape(table):
    """(teeth, blocks, columns) of a table for exponents of up to 256 bits: see tools/gen_tables.py.

    They follow from its length, 192 octets more than the entries take.
    """
    n = len(table) // 192 - 1
    teeth = 3 if n < 15 else 4 if n < 31 else 5
    blocks = n // 31 or 1
    return teeth, blocks, (246 + teeth * blocks) // (teeth * blocks + 1)
