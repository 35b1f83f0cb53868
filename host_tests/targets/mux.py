"""Two lines over one: what lies between SLIP's END octets is the second line's, the rest text.

For boards with a single UART. A frame begins and ends with END; text in UTF-8 never contains it.
"""

import os
import select
import socket
import threading

END = 0xC0


class Split:
    """Sorts octets, in any chunking, into text and frames (END octets included)."""

    def __init__(self) -> None:
        self._frame: bytearray | None = None

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        text = bytearray()
        frames = bytearray()
        for octet in data:
            if self._frame is None:
                if octet == END:
                    self._frame = bytearray()
                else:
                    text.append(octet)
            elif octet != END:
                self._frame.append(octet)
            elif self._frame:  # an END after another one starts the frame anew
                frames.append(END)
                frames += self._frame
                frames.append(END)
                self._frame = None
        return bytes(text), bytes(frames)


class Mux:
    """A thread between a board's one line and two sockets, `text` and `frames`."""

    def __init__(self, line: socket.socket):
        self._line = line
        self._split = Split()
        self.text, self._text = socket.socketpair()
        self.frames, self._frames = socket.socketpair()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        poll = select.poll()
        for s in (self._line, self._text, self._frames):
            poll.register(s, select.POLLIN)
        line = self._line.fileno()
        try:
            while True:
                for fd, _ in poll.poll():
                    data = os.read(fd, 4096)
                    if not data:
                        return
                    if fd == line:
                        text, frames = self._split.feed(data)
                        self._text.sendall(text)
                        self._frames.sendall(frames)
                    else:
                        self._line.sendall(data)
        except OSError:
            return
        finally:
            self._text.close()
            self._frames.close()

    def close(self) -> None:
        """After the line itself has been closed by whoever owns its other end."""
        self._thread.join()
        self.text.close()
        self.frames.close()
