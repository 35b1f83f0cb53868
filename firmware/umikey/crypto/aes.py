"""AES-128 and AES-256 (FIPS 197), and the counter mode that RFC 3830 4.2.3 and SRTP use.

Aes(key, work=None)             key: any buffer of 16 or 32 octets, else LocalError; it is not kept.
                                work: a bytearray that holds the round keys, until `wipe`, if it has
                                148 + 4 * len(key) octets; else a new one is made
    encrypt(src, dst)           write the cipher of src, 16 octets, to dst[0:16]; src may be dst
    wipe()                      overwrite the round keys; afterwards `encrypt` raises LocalError

ctr(aes, iv, buf, start, end)   AES-CM (RFC 3711 4.1.1): XOR the keystream E(iv), E(iv + 1), ...
                                over buf[start:end] in place. iv: bytearray of 16 octets, a number
                                modulo 2^128, big-endian; it is left at the next unused block.

cm(key, iv, buf, start, end, work=None), in the backend itself (`umikey.crypto.cipher()`), is all of
that in one for one message, unchecked.

Offsets outside a buffer and other lengths raise LocalError. Only the constructor allocates.

What leaks: see the backend in use, `_aes_viper.py` or `_aes.py`; with `cryptolib`, the port's C.
"""

from umikey.crypto import cipher as _cipher
from umikey.errors import LocalError as _LocalError

_m = _cipher()
if hasattr(_m, "Aes"):
    Aes = _m.Aes
    ctr = _m.ctr
else:  # machine code over a bytearray: what keys messages needs no object, and does without

    class Aes:
        def __init__(self, key, work=None):
            n = len(key)
            if n != 16 and n != 32:
                raise _LocalError("an AES key has 16 or 32 octets")
            size = 148 + 4 * n  # 36 + 16 * (rounds + 1), rounds = n / 4 + 6
            self._k = work if work and len(work) >= size else bytearray(size)
            _m.expand(self._k, key, n >> 2, _m.SBOX)

        def encrypt(self, src, dst):
            k = self._k
            if not k[32] or len(src) != 16 or len(dst) < 16:
                raise _LocalError("wiped, or not a block")
            _m.cipher(k, 0, _m.SBOX, src, dst)

        def wipe(self):
            _m.expand(self._k, _m.SBOX, 0, _m.SBOX)

    def ctr(aes, iv, buf, start, end):
        if not 0 <= start <= end <= len(buf) or len(iv) != 16 or not aes._k[32]:
            raise _LocalError("outside the buffer, or wiped")
        _m.crypt(aes._k, iv, buf, start, end)
