"""A PCI serial port of the emulated RISC-V board, as a stream with machine.UART's methods."""

from machine import mem8, mem16, mem32
from micropython import const

_ECAM = const(0x30000000)
_SERIAL = const(0x00021B36)  # device and vendor number of QEMU's pci-serial
_PORT = const(0x1000)

# A 16550 in the I/O window.
_DATA = const(0x03001000)
_FCR = const(0x03001002)
_LCR = const(0x03001003)
_LSR = const(0x03001005)  # bit 0: has received, bit 5: can send


class UART:
    def __init__(self):
        for slot in range(32):
            at = _ECAM + (slot << 15)
            if mem32[at] == _SERIAL:
                break
        else:
            raise OSError("no serial port on the PCI bus")
        mem32[at + 0x10] = _PORT
        mem16[at + 4] |= 3
        mem8[_LCR] = 0x83  # the divisor's two octets show, for the fastest line
        mem8[_DATA] = 1
        mem8[_DATA + 1] = 0
        mem8[_LCR] = 3
        mem8[_FCR] = 1

    def any(self):
        return mem8[_LSR] & 1

    def readinto(self, buf):
        n = 0
        while n < len(buf) and mem8[_LSR] & 1:
            buf[n] = mem8[_DATA]
            n += 1
        return n or None

    def read(self, size):
        buf = bytearray(size)
        n = self.readinto(buf)
        return bytes(buf[:n]) if n else None

    def write(self, buf):
        for octet in buf:
            while not mem8[_LSR] & 0x20:
                pass
            mem8[_DATA] = octet
        return len(buf)


def open():
    return UART()
