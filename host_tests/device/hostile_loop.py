"""Every truncation and every flipped bit of an exchange's messages, on the target itself.

`hostile_data`, made by host_tests/test_hostile.py, has EXCHANGES as psk_pair's FIRST is one, and
the outcomes that are allowed: CUT and FLIPPED, error numbers, with 255 for silence. An exchange may
have "update", a message for the responder after x["i"], and "error", one for the initiator.
"""

import gc

import check
import psk_pair
from hostile_data import CUT, EXCHANGES, FLIPPED
from umikey.errors import AuthError, NoClock, RemoteError, ReplayError

SILENT = 255
REFUSED = (AuthError, RemoteError, ReplayError, NoClock)  # the last: a COUNTER made a time of day


def give(engine, message, n):
    """Feed message[:n]. True: accepted; None: neither accepted nor refused; else the exception."""
    try:
        if engine.feed(message, 0, n):
            return True
        if engine.state != "waiting" or n < len(message):
            engine.eof()
        return None
    except Exception as e:
        return e


def number(buf, n):
    """Of the Error message buf[:n], or SILENT for none; -1 for what is no Error message."""
    if not n:
        return SILENT
    at = 10 + (9 * buf[8] if buf[9] == 0 else 0)
    if buf[0] != 1 or buf[1] != 6 or buf[2] != 5:
        return -1
    kind = buf[at]
    at += 2 + (8, 8, 4, 4)[buf[at + 1]]
    return buf[at + 1] if kind == 12 else -1


class Tally:
    """Counts outcomes: a line for each message of the thousands would take longer than the test."""

    def __init__(self, name):
        self.name = name
        self.wrong = self.count = 0

    def judge(self, what, good, got):
        self.count += 1
        if not good:
            self.wrong += 1
            if self.wrong < 6:
                print("FAIL", self.name, what, type(got).__name__, got)
        if self.count % 64 == 0:
            gc.collect()

    def close(self):
        check.eq(self.name + ", wrong of %d" % self.count, self.wrong, 0)


def bits(octets):
    """The octets with each of their bits flipped in turn; yields the bit's number."""
    spoilt = bytearray(octets)
    for bit in range(8 * len(octets)):
        spoilt[bit >> 3] ^= 0x80 >> (bit & 7)
        yield bit, spoilt
        spoilt[bit >> 3] ^= 0x80 >> (bit & 7)


def to_responder(x, update=False):
    srv = psk_pair.responder(x, 1 << 32)  # wide open: a flipped timestamp shall reach the MAC
    buf = bytearray(256)
    m = x["i"]
    name = x["name"] + ": I_MESSAGE"
    if update:
        check.eq(name + " heard", give(srv, m, len(m)), True)
        srv.reset()
        m = x["update"]
        name = x["name"] + ": update"

    def hear(tally, what, octets, n, allowed):
        got = give(srv, octets, n)
        said = number(buf, srv.answer(buf))
        good = got is not True and isinstance(got, REFUSED) and said in allowed
        tally.judge(what, good and not srv.authentic, got)
        srv.reset()

    tally = Tally(name + " truncated")
    for n in range(len(m)):
        hear(tally, n, m, n, CUT)
    tally.close()
    tally = Tally(name + ", item 45: bit flipped")
    for bit, spoilt in bits(m):
        hear(tally, bit, spoilt, len(m), FLIPPED)
    tally.close()
    check.eq(name + ": and the right one is heard", give(srv, m, len(m)), True)
    if not update:
        check.eq(name + ": and answered", bytes(buf[: srv.answer(buf)]), x["r"])


def to_initiator(x, error=False):
    me = psk_pair.initiator(x)
    m = x["error"] if error else x["r"]
    name = x["name"] + (": Error" if error else ": R_MESSAGE")

    def hear(tally, what, octets, n):
        got = give(me, octets, n)
        good = isinstance(got, REFUSED) and not getattr(got, "peer_said", False)
        tally.judge(what, got is None or good, got)
        try:
            tally.judge(what, not me.sa, "has keys")
        except Exception as e:
            tally.judge(what, type(e).__name__ == "LocalError", e)
        me.reset()

    tally = Tally(name + " truncated")
    for n in range(len(m)):
        hear(tally, n, m, n)
    tally.close()
    tally = Tally(name + ", item 46: bit flipped")
    for bit, spoilt in bits(m):
        hear(tally, bit, spoilt, len(m))
    tally.close()
    got = give(me, m, len(m))
    if error:
        check.ok(name + ": and the right one is believed", getattr(got, "peer_said", False))
    else:
        check.eq(name + ": and the right one is heard", got, True)


for x in EXCHANGES:
    to_responder(x)
    if x["r"]:
        to_initiator(x)
    if "update" in x:
        to_responder(x, update=True)
        to_initiator(x, error=True)
check.done()
