"""MIKEY over a serial line: one message per SLIP frame (RFC 1055).

What is between frames, a board's console output, say, makes frames of its own that are no MIKEY
messages, and is passed over.
"""

from __future__ import annotations

import os
import select
import time
import tty

import serial
import sliplib

from ..initiator import Initiator
from ..message import MAX_MESSAGE
from ..service import Service
from ..session import Outcome
from .client import DEFAULT, Patience, exchange
from .loop import Loop

BAUD = 115200
FRAME_LIMIT = 2 * MAX_MESSAGE + 2  # octets of a frame in which everything is escaped


class Slip:
    """SLIP both ways, with a bound on what an endless frame can make us keep."""

    def __init__(self) -> None:
        # A leading END ends whatever noise came before it (RFC 1055).
        with sliplib.use_leading_end_byte(True):
            self._driver = sliplib.Driver()
        self._open = 0  # octets since the last END

    def encode(self, message: bytes) -> bytes:
        """The frame of a message."""
        return self._driver.send(message)

    def feed(self, octets: bytes) -> list[bytes]:
        """The messages that these octets complete; broken frames are left out."""
        if not octets:
            return []
        end = octets.rfind(sliplib.END)
        self._open = self._open + len(octets) if end < 0 else len(octets) - end - 1
        self._driver.receive(octets)
        messages = []
        while True:
            try:
                message = self._driver.get(block=False)
            except sliplib.ProtocolError:
                continue
            if message is None:
                break
            messages.append(message)
        if self._open > FRAME_LIMIT:
            self.__init__()
        return messages


class Line:
    """A serial port by name ("/dev/ttyACM0", "/dev/ttyACM0:9600", "socket://host:port"), or an
    open file descriptor (a pty, a pipe). OSError or ValueError if it cannot be opened."""

    def __init__(self, device: str | int, baud: int = BAUD):
        self._serial = None
        if isinstance(device, int):
            self.name, self._fd = f"fd {device}", device
            if os.isatty(device):
                tty.setraw(device)
            return
        name, _, rate = device.rpartition(":")
        if name and rate.isdigit() and "://" not in device:
            device, baud = name, int(rate)
        self.name = device
        # serial.SerialException is an OSError
        self._serial = serial.serial_for_url(device, baud, timeout=0, write_timeout=5)
        self._fd = self._serial.fileno()

    def fileno(self) -> int:
        return self._fd

    def read(self) -> bytes:
        """What is there. OSError when the line is gone."""
        octets = os.read(self._fd, 4096)
        if not octets:
            raise OSError("the line is closed")
        return octets

    def write(self, octets: bytes) -> None:
        """Writes all of it, however slow the line is. OSError when it is gone or stuck."""
        end = time.monotonic() + 10
        while octets:
            if not select.select([], [self._fd], [], 0.5)[1]:
                if time.monotonic() > end:
                    raise OSError("the line takes no more octets")
                continue
            octets = octets[os.write(self._fd, octets) :]

    def close(self) -> None:
        """Closes a port that was opened by name; a file descriptor stays its owner's."""
        if self._serial:
            self._serial.close()


class UartServer:
    """Answers messages on a line. `gone`: called when the line is."""

    def __init__(self, loop: Loop, service: Service, line: Line, gone=lambda: None):
        self._loop, self._service, self._line, self._gone = loop, service, line, gone
        self._slip = Slip()
        loop.add(line, self._readable)

    @property
    def name(self) -> str:
        """The device."""
        return self._line.name

    def _readable(self) -> None:
        try:
            for message in self._slip.feed(self._line.read()):
                answer = self._service.receive(message, self._line.name, "serial")
                if answer:
                    self._line.write(self._slip.encode(answer))
        except BlockingIOError:
            return
        except OSError:
            self.close()
            self._gone()

    def close(self) -> None:
        """Stops listening."""
        self._loop.remove(self._line)
        self._line.close()


class UartClient:
    """A way to a responder at the other end of a line."""

    def __init__(self, line: Line):
        self._line = line
        self._slip = Slip()
        self._waiting: list[bytes] = []

    def exchange(self, me: Initiator, patience: Patience = DEFAULT, begin=None) -> Outcome:
        """One exchange, see `client.exchange`. OSError when the line is gone."""
        return exchange(me, self.send, self.receive, patience, begin)

    def send(self, octets: bytes) -> None:
        """Sends a message as a frame."""
        self._line.write(self._slip.encode(octets))

    def receive(self, seconds: float) -> bytes | None:
        """The next frame, or None after so many seconds."""
        end = time.monotonic() + seconds
        while not self._waiting:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._line], [], [], left)[0]:
                return None
            self._waiting = self._slip.feed(self._line.read())
        return self._waiting.pop(0)

    def close(self) -> None:
        """Gives the line back."""
        self._line.close()
