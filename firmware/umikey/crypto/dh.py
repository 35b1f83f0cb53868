"""Diffie-Hellman in the groups of RFC 2412 appendix E and RFC 3526: 2^x and y^x mod p.

Group numbers are MIKEY's (RFC 3830 6.4): 0 OAKLEY 5 (192 octets), 1 OAKLEY 1 (96), 2 OAKLEY 2
(128); 241, 242, 243 are umikey's private ones for MODP-2048, 3072 and 4096. The generator is 2:
the "22" in RFC 2412 is the tag of a field [SPEC A14].

What runs is chosen here (`rung`): inline assembler where the core multiplies 32 bits by 32 into 64
and the group has 2048 bits or less ("asm": the same instructions for every exponent, about 3 KB of
heap and 1.7 KB of C stack), else the built-in integers ("int": see `_dh_int.py` for what leaks).
With a table from `umikey.tables`, `public` in group 0 is three to six times as fast as without.
"""

import umikey.errors as errors

_LOADED = []  # the module with machine code or None, once it has been asked for


def size(group):
    """Octets of a public value and of the shared secret. RemoteError(6) for an unknown group."""
    i = b"\x00\x01\x02\xf1\xf2\xf3".find(bytes((group,))) if 0 <= group <= 255 else -1
    if i < 0:
        raise errors.RemoteError(6)
    return b"\x18\x0c\x10\x20\x30\x40"[i] * 8


def rung(group):
    """What computes in this group here: "asm" or "int"."""
    return "asm" if size(group) <= 256 and _asm() else "int"


def room(group):
    """Memory for `public` and `shared` in this group, to be got while the heap is tidy; or None.

    They run without, and a twentieth faster, where 15 numbers fit into the heap in one piece.
    """
    if rung(group) != "asm":
        return None
    import umikey.crypto._dh_asm  # noqa: F401

    if group == 0:
        from umikey.tables import oakley5

        oakley5()
    return bytearray(40 + 7 * size(group))


def public(group, x, out, at=0, work=None):
    """out[at:at+size] = 2^x mod p, big-endian, padded on the left.

    x: bytearray, the secret exponent, big-endian; 32 octets unless there is a reason for more.
    work: from `room`, or None. Nothing secret is left in it.
    """
    _power(group, None, x, out, at, work)


def shared(group, y, y_at, x, out, at=0, work=None):
    """out[at:at+size] = y^x mod p, where the other side's value y is y[y_at:y_at+size].

    RemoteError(6) unless 1 < y < p - 1. Padded on the left: a leading zero is part of the secret.
    """
    n = size(group)
    if y_at < 0 or y_at + n > len(y):
        raise errors.LocalError("outside the buffer")
    d = i = 0
    while i < n and d == 0:  # the first difference to p - 1
        d = y[y_at + i] - _octet(n, i)
        i += 1
        if i == n:
            d += 1
    i = 0
    while i < n - 1 and y[y_at + i] == 0:
        i += 1
    if d >= 0 or i == n - 1 and y[y_at + i] < 2:
        raise errors.RemoteError(6)
    _power(group, memoryview(y)[y_at : y_at + n], x, out, at, work)


def _octet(n, i):
    """Octet i of the prime of n octets, big-endian.

    All six are 2^b - 2^(b-64) - 1 + 2^64 (floor(2^(b-130) pi) + c), so that they begin alike: 64
    ones and pi. They differ in the three octets before the 64 ones at the end.
    """
    j = i - n + 11
    if i < 8 or j > 2:
        return 255
    return _PI[i - 8] if j < 0 else _LOW[b"\x0c\x10\x18\x20\x30\x40".find(bytes((n >> 3,))) * 3 + j]


def fill_prime(p, at, n):
    """p[at:at+n] = the prime of n octets, without a copy on the way: the heap may be small."""
    end = at + n
    p[at + 8 : end - 11] = memoryview(_PI)[: n - 19]
    for i in range(8):
        p[at + i] = p[end - 1 - i] = 255
    for i in range(n - 11, n - 8):
        p[at + i] = _octet(n, i)


def _prime(n):
    p = bytearray(n)
    fill_prime(p, 0, n)
    return p


def _asm():
    """The module with machine code for this core, or None."""
    if not _LOADED:
        import sys

        core = None
        arch = getattr(sys.implementation, "_mpy", 0) >> 10
        try:
            if 5 <= arch <= 8:  # ARMv7-M and above; armv6m (4) has no SMLAL
                import umikey.crypto._asm_dh_thumb as core
            elif arch == 11:
                import umikey.crypto._asm_dh_rv32 as core
        except (ImportError, SyntaxError, ValueError):
            pass
        _LOADED.append(core)
    return _LOADED[0]


def _power(group, y, x, out, at, work):
    n = size(group)
    if at < 0 or at + n > len(out) or not 0 < len(x) <= n:
        raise errors.LocalError("outside the buffer")
    table = None
    if y is None and n == 192 and len(x) <= 32:
        from umikey.tables import oakley5

        table = oakley5()
    out = memoryview(out)[at : at + n]
    core = _asm() if n <= 256 else None
    if core is None:
        from umikey.crypto._dh_int import power

        power(_prime(n), y, x, table, out)
    else:
        from umikey.crypto._dh_asm import power

        power(core, n, fill_prime, y, x, table, out, work)


_LOW = b"\x3a\x36\x20\xe6\x53\x81\x23\x73\x27\xac\xaa\x68\x3a\xd2\xca\x06\x31\x99"
_PI = (  # floor(2^3942 pi), of which a group of n octets uses the first n - 19
    b"\xc9\x0f\xda\xa2\x21\x68\xc2\x34\xc4\xc6\x62\x8b\x80\xdc\x1c\xd1\x29\x02\x4e\x08\x8a\x67"
    b"\xcc\x74\x02\x0b\xbe\xa6\x3b\x13\x9b\x22\x51\x4a\x08\x79\x8e\x34\x04\xdd\xef\x95\x19\xb3"
    b"\xcd\x3a\x43\x1b\x30\x2b\x0a\x6d\xf2\x5f\x14\x37\x4f\xe1\x35\x6d\x6d\x51\xc2\x45\xe4\x85"
    b"\xb5\x76\x62\x5e\x7e\xc6\xf4\x4c\x42\xe9\xa6\x37\xed\x6b\x0b\xff\x5c\xb6\xf4\x06\xb7\xed"
    b"\xee\x38\x6b\xfb\x5a\x89\x9f\xa5\xae\x9f\x24\x11\x7c\x4b\x1f\xe6\x49\x28\x66\x51\xec\xe4"
    b"\x5b\x3d\xc2\x00\x7c\xb8\xa1\x63\xbf\x05\x98\xda\x48\x36\x1c\x55\xd3\x9a\x69\x16\x3f\xa8"
    b"\xfd\x24\xcf\x5f\x83\x65\x5d\x23\xdc\xa3\xad\x96\x1c\x62\xf3\x56\x20\x85\x52\xbb\x9e\xd5"
    b"\x29\x07\x70\x96\x96\x6d\x67\x0c\x35\x4e\x4a\xbc\x98\x04\xf1\x74\x6c\x08\xca\x18\x21\x7c"
    b"\x32\x90\x5e\x46\x2e\x36\xce\x3b\xe3\x9e\x77\x2c\x18\x0e\x86\x03\x9b\x27\x83\xa2\xec\x07"
    b"\xa2\x8f\xb5\xc5\x5d\xf0\x6f\x4c\x52\xc9\xde\x2b\xcb\xf6\x95\x58\x17\x18\x39\x95\x49\x7c"
    b"\xea\x95\x6a\xe5\x15\xd2\x26\x18\x98\xfa\x05\x10\x15\x72\x8e\x5a\x8a\xaa\xc4\x2d\xad\x33"
    b"\x17\x0d\x04\x50\x7a\x33\xa8\x55\x21\xab\xdf\x1c\xba\x64\xec\xfb\x85\x04\x58\xdb\xef\x0a"
    b"\x8a\xea\x71\x57\x5d\x06\x0c\x7d\xb3\x97\x0f\x85\xa6\xe1\xe4\xc7\xab\xf5\xae\x8c\xdb\x09"
    b"\x33\xd7\x1e\x8c\x94\xe0\x4a\x25\x61\x9d\xce\xe3\xd2\x26\x1a\xd2\xee\x6b\xf1\x2f\xfa\x06"
    b"\xd9\x8a\x08\x64\xd8\x76\x02\x73\x3e\xc8\x6a\x64\x52\x1f\x2b\x18\x17\x7b\x20\x0c\xbb\xe1"
    b"\x17\x57\x7a\x61\x5d\x6c\x77\x09\x88\xc0\xba\xd9\x46\xe2\x08\xe2\x4f\xa0\x74\xe5\xab\x31"
    b"\x43\xdb\x5b\xfc\xe0\xfd\x10\x8e\x4b\x82\xd1\x20\xa9\x21\x08\x01\x1a\x72\x3c\x12\xa7\x87"
    b"\xe6\xd7\x88\x71\x9a\x10\xbd\xba\x5b\x26\x99\xc3\x27\x18\x6a\xf4\xe2\x3c\x1a\x94\x68\x34"
    b"\xb6\x15\x0b\xda\x25\x83\xe9\xca\x2a\xd4\x4c\xe8\xdb\xbb\xc2\xdb\x04\xde\x8e\xf9\x2e\x8e"
    b"\xfc\x14\x1f\xbe\xca\xa6\x28\x7c\x59\x47\x4e\x6b\xc0\x5d\x99\xb2\x96\x4f\xa0\x90\xc3\xa2"
    b"\x23\x3b\xa1\x86\x51\x5b\xe7\xed\x1f\x61\x29\x70\xce\xe2\xd7\xaf\xb8\x1b\xdd\x76\x21\x70"
    b"\x48\x1c\xd0\x06\x91\x27\xd5\xb0\x5a\xa9\x93\xb4\xea\x98\x8d\x8f\xdd\xc1\x86\xff\xb7\xdc"
    b"\x90\xa6\xc0\x8f\x4d\xf4\x35\xc9\x34"
)
