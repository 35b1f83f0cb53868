"""umikey: MIKEY key management (RFC 3830 and its family) for MicroPython.

Names are loaded when first used; importing the package does no work.
"""

__version__ = "0.1.0"


def __getattr__(name):
    # What stands in here costs no heap, names of the module would. What an import leaves behind is
    # collected on the way: on a small heap it would lie scattered between what stays, and a free
    # block of 200 octets is then hard to find.
    import gc

    threshold = getattr(gc, "threshold", int)  # CPython has none
    for line in (
        "psk modes.psk",
        "dhhmac modes.dhhmac",
        "dhsign modes.dhsign",
        "ecies modes.ecies",
        "ecmqv modes.ecmqv",
        "Credentials credentials",
        "SRTP policy",
        "Key key",
        "Responder responder",
        "connect transport",
        "aconnect transport",
        "capabilities crypto",
    ):
        what, home = line.split()
        if what == name:
            before = threshold()
            threshold(512)
            try:
                value = __import__("umikey." + home, None, None, (home,))
            finally:
                threshold(before)
            if not home.endswith(name):
                value = globals()[name] = getattr(value, name)
            gc.collect()
            return value
    # MicroPython asks here before it looks for a submodule (`from . import wire`)
    try:
        return __import__("umikey." + name, None, None, (name,))
    except ImportError:
        raise AttributeError(name) from None
