"""Transports: all that does I/O here (RFC 3830 section 7, RFC 5197 section 6).

    sa = umikey.connect("udp://192.0.2.10", me)
    sa = await umikey.aconnect("tcp://[2001:db8::10]:2269", me)

Only the transport that the address names is loaded.
"""

from gc import collect

from umikey.errors import LocalError

PORT = 2269  # IANA: mikey, for UDP and TCP


def split(url):
    """-> (transport's name, host, port number or None). LocalError for what is no such address.

    "udp://host", "tcp://host:port", "udp://[2001:db8::1]:port"; "uart://1", "uart://1:9600" (the
    port's number and its baud rate), "uart:///dev/ttyUSB0" on the unix port.
    """
    name, _, host = url.partition("://")
    if name not in ("udp", "tcp", "uart") or not host:
        raise LocalError("no address: " + url)
    port = ""
    if host[0] == "[":
        host, _, port = host[1:].partition("]")
        port = port[1:]
    elif ":" in host:
        host, _, port = host.partition(":")
    try:
        return name, host, int(port) if port else None
    except ValueError:
        raise LocalError("no port number: " + url) from None


def _find(where):
    # the transport's module, and the arguments that say where to
    name = "uart"
    to = (where,)
    if isinstance(where, str):
        name, host, port = split(where)
        to = (host, port or PORT)
    module = __import__("umikey.transport." + name, None, None, (name,))
    collect()  # what an import leaves behind lies between what stays: see umikey/__init__.py
    if name == "uart" and isinstance(where, str):
        to = (module.open_line(host, port or 115200),)
    return module, to


def connect(where, engine, **opt):
    """Run one exchange of the initiator `engine` to its end; returns the `policy.SA`.

    where: an address, see `split`, or any stream object with `write` and `readinto` or `read`, such
    as a machine.UART, which then carries SLIP. Options:

    timeout_ms: how long a message waits for its answer, 5000 milliseconds; retry_ms: when the same
    octets go out again if none came, 500, doubled every time (not over TCP); attempts: how many
    messages, each with a new timestamp, 1 (RFC 3830 5.2, SPEC 5.2); start: what writes the message,
    a function buf -> n, by default engine.start (`me.update` for an update). Others: see `udp`,
    `tcp`, `uart`.

    What comes in and does not verify is passed over. Raises, when the time is up, the last error
    that it gave, or TransportError; at once RemoteError (peer_said) for an authenticated Error
    message; NoClock, NoEntropy and LocalError before anything was sent.
    """
    module, to = _find(where)
    return module.connect(engine, *to, **opt)


async def aconnect(where, engine, **opt):
    """`connect` for asyncio: other tasks run while this one waits (name look-ups still block)."""
    module, to = _find(where)
    return await module.aconnect(engine, *to, **opt)


def serve(where, responder, **opt):
    """Answer initiators for ever; where: the address to listen on ("udp://0.0.0.0"), or a stream.

    once: return the SA of the first exchange instead; on_sa: function (sa, who) called for every
    SA; on_error: function (error, who) for everything that was refused; who: the sender's address
    as the port gives it, None on a serial line. Others: see `udp_server`, `tcp_server`,
    `uart_server`. Whatever comes in, it goes on; an exception in a function of yours ends it.
    """
    module, to = _find(where)
    return module.serve(responder, *to, **opt)


async def aserve(where, responder, **opt):
    """`serve` for asyncio; ends when its task is cancelled."""
    module, to = _find(where)
    return await module.aserve(responder, *to, **opt)
