"""What UDP and TCP share: addresses, and the ports' many ways to say "not now" and "no"."""

import errno
import socket

from umikey.transport.wait import sleep_ms

_UNREACHABLE = (101, 114, 51, 118)  # of Linux and lwIP, newlib, BSD; 118: newlib, the host


def _names(*names):
    # ports list only some of the names in `errno`; 116 is newlib's ETIMEDOUT
    return tuple(getattr(errno, name) for name in names if hasattr(errno, name))


# Some ports say ETIMEDOUT where others say EAGAIN; the rest is a connection in the making.
_LATER = _names("EAGAIN", "ETIMEDOUT", "EINPROGRESS", "EALREADY") + (116,)
_CONNECTING = _names("ENOTCONN")


def number(e):
    """The error number of an OSError on any port; None: there is but a text."""
    n = e.args[0] if e.args else None
    return n if isinstance(n, int) else None


def later(e, connecting=False):
    """Does this OSError only mean: not now?"""
    n = number(e)
    return n in _LATER or connecting and n in _CONNECTING


def explain(e, to):
    """An OSError as a TransportError with words."""
    from umikey.errors import TransportError

    n = number(e)
    if n in _names("ECONNREFUSED"):
        text = "connection refused: nobody listens there"
    elif n in _names("EHOSTUNREACH") or n in _UNREACHABLE:
        text = "network unreachable: is the board connected?"
    elif n in _names("ECONNRESET", "ECONNABORTED"):
        text = "connection reset"
    elif n in _names("ENOMEM", "ENOBUFS"):
        text = "the port has no memory left for the network"
    elif n in _names("EADDRINUSE"):
        text = "the address is in use"
    elif n in _names("EACCES", "EPERM"):
        text = "not allowed"
    else:
        text = "network error %s" % n
    out = TransportError(to + ": " + text)
    out.errno = n
    return out


def look_up(host, port, kind):
    """-> (socket, address): a socket of that kind, not blocking. TransportError: host not found."""
    try:
        found = socket.getaddrinfo(host, port, 0, kind)[0]
    except OSError as e:
        from umikey.errors import TransportError

        out = TransportError("host not found: " + host)
        out.errno = number(e)
        raise out from None
    try:
        sock = socket.socket(found[0], kind)
    except OSError as e:
        raise explain(e, host) from None
    sock.setblocking(False)
    return sock, found[-1]


class Waiter:
    """Waits for a socket in the port's `select.poll`, or by naps where there is none."""

    _poll = None

    def watch(self, sock, flags=1):
        """Wait for `sock` from now on; flags: 1 for reading (POLLIN), 4 for writing (POLLOUT)."""
        try:
            from select import poll
        except ImportError:
            return
        self._poll = poll()
        self._poll.register(sock, flags)

    def ready(self):
        """Is there anything to do? True where we cannot know."""
        return self._poll is None or bool(self._poll.poll(0))

    def wait(self, ms):
        """Wait for at most `ms` milliseconds; -ms: that long, whatever comes in."""
        if ms < 0:
            sleep_ms(-ms)
        elif self._poll:
            self._poll.poll(ms)
        else:
            sleep_ms(min(ms, 10))


def receive(sock, buf):
    """Octets received into `buf` from a connection; 0: its end; None: nothing there. OSError."""
    try:
        if hasattr(sock, "recv_into"):
            return sock.recv_into(buf)
        return sock.readinto(buf)  # MicroPython: None where others raise EAGAIN
    except OSError as e:
        if later(e):
            return None
        raise


def listen(host, port, kind):
    """A socket bound to host and port; TransportError with the reason if that cannot be."""
    sock, address = look_up(host, port, kind)
    try:
        if kind == socket.SOCK_STREAM:
            # after a restart the address may still count as taken for a while
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        if kind == socket.SOCK_STREAM:
            sock.listen(4)
    except OSError as e:
        sock.close()
        raise explain(e, "%s:%d" % (host, port)) from None
    return sock
