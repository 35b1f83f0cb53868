"""Agree a key over a serial line, for boards without a network.

Wire TX to RX, RX to TX and GND to GND of a USB-to-serial adapter. On the desktop:
                 umikey-peer serve --psk-file key.txt --serial /dev/ttyUSB0:115200
Set the UART's number and pins below, then:  mpremote run 04_uart_client.py
Prints the fingerprint of the keys. A board that was just switched on does not know the time: set
it (machine.RTC().datetime), or see 06_counter_no_clock.py.
"""

import umikey
from umikey import SRTP, psk

UART = 1  # or a device file of the unix port
TX, RX = None, None  # pin numbers, None: the port's own
BAUD = 115200


def line():
    if isinstance(UART, str):
        return open(UART, "r+b", buffering=0)
    from machine import UART as Port

    pins = {} if TX is None else {"tx": TX, "rx": RX}
    return Port(UART, BAUD, **pins)


me = psk.Initiator(
    key=bytes(range(16)),
    id_i="sip:cam7@plant.example",
    id_r="sip:nvr@plant.example",
    streams=(SRTP(ssrc=0x11223344),),
)
sa = umikey.connect(line(), me, attempts=3)
print("fingerprint", sa.fingerprint())
