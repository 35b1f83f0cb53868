"""AES-128 and AES-256 (FIPS 197), and the counter mode that RFC 3830 4.2.3 and SRTP use.

Aes(key, work=None)             key: any buffer of 16 or 32 octets, else LocalError; it is not kept.
                                work: a bytearray that holds the round keys, until `wipe`, if it has
                                148 + 4 * len(key) octets; else a new one is made
    encrypt(src, dst)           write the cipher of src, 16 octets, to dst[0:16]; src may be dst
    wipe()                      overwrite the round keys; afterwards `encrypt` raises LocalError

ctr(aes, iv, buf, start, end)   AES-CM (RFC 3711 4.1.1): XOR the keystream E(iv), E(iv + 1), ...
                                over buf[start:end] in place. iv: bytearray of 16 octets, a number
                                modulo 2^128, big-endian; it is left at the next unused block.

Offsets outside a buffer and other lengths raise LocalError. Only the constructor allocates.

What leaks: see the backend in use, `_aes_viper.py` or `_aes.py`; with `cryptolib`, the port's C.
"""

from umikey.crypto import pick as _pick

if _pick("aes") == "viper":
    from umikey.crypto._aes_viper import Aes, ctr  # noqa: F401
elif _pick("aes") == "plain":
    from umikey.crypto._aes import Aes, ctr  # noqa: F401
else:
    from umikey.crypto._aes_c import Aes, ctr  # noqa: F401
