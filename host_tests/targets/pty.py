"""Terminal devices: one that a script opens by its path, and one in front of a socket."""

import os
import select
import termios
import threading
import tty


def open_raw() -> tuple[int, int, str]:
    """A pseudo-terminal that passes octets as they are: master, slave, and the slave's path.

    Reading the slave never blocks: it gives what there is, as machine.UART does.
    """
    master, slave = os.openpty()
    tty.setraw(slave)
    modes = termios.tcgetattr(slave)
    modes[6][termios.VMIN] = 0
    modes[6][termios.VTIME] = 0
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    return master, slave, os.ttyname(slave)


class Pty:
    """A terminal device whose traffic is that of the socket `fd`."""

    def __init__(self, fd: int):
        self._fd = fd
        self._master, self._slave, self.path = open_raw()
        modes = termios.tcgetattr(self._slave)
        modes[6][termios.VMIN] = 1
        termios.tcsetattr(self._slave, termios.TCSANOW, modes)
        self._wake, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        poll = select.poll()
        for fd in (self._fd, self._master, self._wake):
            poll.register(fd, select.POLLIN)
        other = {self._fd: self._master, self._master: self._fd}
        try:
            while True:
                for fd, _ in poll.poll():
                    if fd == self._wake:
                        return
                    data = os.read(fd, 4096)
                    if not data:
                        return
                    os.write(other[fd], data)
        except OSError:
            return

    def close(self) -> None:
        os.close(self._stop)
        self._thread.join()
        for fd in (self._wake, self._master, self._slave):
            os.close(fd)
