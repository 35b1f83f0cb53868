"""MicroPython's `cryptolib` for CPython: aes(key, mode[, iv]), one object per direction."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MODE_ECB = 1
MODE_CBC = 2


class aes:
    def __init__(self, key, mode, iv=None):
        if len(key) not in (16, 32):
            raise ValueError("key")
        if mode == MODE_ECB:
            how = modes.ECB()  # noqa: S305
        elif mode == MODE_CBC:
            if iv is None or len(iv) != 16:
                raise ValueError("IV")
            how = modes.CBC(bytes(iv))
        else:
            raise ValueError("mode")
        self._cipher = Cipher(algorithms.AES(bytes(key)), how)
        self._context = None
        self._direction = None

    def encrypt(self, data, out=None):
        return self._process("encryptor", data, out)

    def decrypt(self, data, out=None):
        return self._process("decryptor", data, out)

    def _process(self, direction, data, out):
        if self._direction not in (None, direction):
            raise ValueError("can't encrypt & decrypt")
        if self._context is None:
            self._context = getattr(self._cipher, direction)()
            self._direction = direction
        if len(data) % 16:
            raise ValueError("blksize % 16")
        if out is not None and len(out) < len(data):
            raise ValueError("output too small")
        result = self._context.update(bytes(data))
        if out is None:
            return result
        memoryview(out)[: len(result)] = result
        return out
