"""The only UART of the emulated micro:bit, as a stream with machine.UART's methods.

The REPL has it too: what is written must be SLIP frames that begin and end with END, so that the
other side can tell them from text, and nothing may read stdin meanwhile.
"""

from machine import mem32
from micropython import const

_RXDRDY = const(0x40002108)
_TXDRDY = const(0x4000211C)
_RXD = const(0x40002518)
_TXD = const(0x4000251C)


class UART:
    def any(self):
        return mem32[_RXDRDY] & 1

    def readinto(self, buf):
        n = 0
        while n < len(buf) and mem32[_RXDRDY]:
            mem32[_RXDRDY] = 0
            buf[n] = mem32[_RXD]
            n += 1
        return n or None

    def read(self, size):
        buf = bytearray(size)
        n = self.readinto(buf)
        return bytes(buf[:n]) if n else None

    def write(self, buf):
        for octet in buf:
            mem32[_TXDRDY] = 0
            mem32[_TXD] = octet
            while not mem32[_TXDRDY]:
                pass
        return len(buf)


def open():
    return UART()
