"""Changed messages of the modes with certificates: defined errors only, and never a key."""

import random

import pytest
from cert_world import SIMPLE, CertPair, name, resigned
from umikey_peer import Ecies, Message
from umikey_peer.session import Outcome

CASES = [*SIMPLE, (Ecies, {"cache": 1})]


def _mutated(octets, rng):
    """A message with a few octets flipped, cut out, doubled or put in."""
    data = bytearray(octets)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data))
        how = rng.randrange(5)
        if how < 2:
            data[at] ^= 1 << rng.randrange(8)
        elif how == 2:
            del data[at : at + rng.randint(1, 8)]
        elif how == 3:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
        else:
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
        if not data:
            break
    return bytes(data)


def _storm(case, count, seed):
    rng = random.Random(seed)
    pair = CertPair(case, responder={"error_burst": 10**9})
    first = pair.me.start()
    answer = CertPair(case)
    sent = answer.me.start()
    reply = answer.srv.handle(sent).answer
    for i in range(count):
        octets = _mutated(first, rng)
        if octets != first:
            outcome = pair.srv.handle(octets)
            assert isinstance(outcome, Outcome) and outcome.sa is None, octets.hex()
            assert not outcome.authenticated
        octets = _mutated(reply, rng)
        if octets != reply:
            outcome = answer.me.feed(octets)
            assert outcome.sa is None and outcome.kind in ("discarded", "hint"), octets.hex()
        if i % 5 == 0:
            _signed(pair, first, rng)
    assert pair.srv.handle(first).ok
    assert answer.me.feed(reply).ok


def _signed(pair, first, rng):
    """Nonsense under a good signature may be refused or taken, but it ends in an outcome."""
    message = Message.decode(first)
    parts = list(message.payloads[:-1])
    at = rng.randrange(1, len(parts))
    how = rng.randrange(3)
    if how == 0:
        del parts[at]
    elif how == 1:
        parts.insert(rng.randrange(1, len(parts)), parts[at])
    else:
        rng.shuffle(parts)
    other = CertPair((type(pair.mine), {}))
    assert isinstance(other.srv.handle(resigned(first, lambda _: parts)), Outcome)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_changed_messages(case):
    _storm(case, 300, 1)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_hundred_thousand_changed_messages(case):
    _storm(case, 100_000 // (2 * len(CASES)), 2)


@pytest.mark.parametrize("case", SIMPLE, ids=name)
def test_every_cut_and_every_octet(case):
    pair = CertPair(case, responder={"error_burst": 10**9})
    octets = pair.me.start()
    for n in range(0, len(octets), 3):
        assert not pair.srv.handle(octets[:n]).ok
    for at in range(0, len(octets), 2):
        # V of HDR may not matter, but the signature covers it, too
        flipped = octets[:at] + bytes([octets[at] ^ 0x10]) + octets[at + 1 :]
        outcome = pair.srv.handle(flipped)
        assert not outcome.ok and not outcome.authenticated
    assert pair.srv.handle(octets).ok
