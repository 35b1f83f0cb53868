"""Vector messages cut at every octet and flipped at every bit, in both roles; random damage."""

import json
import random

import pytest
from peer_world import ALICE, BOB, KEY, VECTORS, Pair, error_of, signed
from umikey_peer import Message, Psk, ReplayGuard, Responder
from umikey_peer.payloads import Kemac, KeyData, Rand
from umikey_peer.vectors.psk import World

EXCHANGES = json.loads((VECTORS / "04_psk_exchange.json").read_text())["exchanges"]
CUT = ("silent", 12, 13)
FLIPPED = ("silent", 0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13)
names = pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda e: e["name"].split(",")[0])


def flips(octets):
    for bit in range(8 * len(octets)):
        spoiled = bytearray(octets)
        spoiled[bit // 8] ^= 128 >> bit % 8
        yield bit, bytes(spoiled)


def reaction(outcome):
    return "silent" if outcome.answer is None else error_of(outcome.answer)


@names
def test_responder_every_truncation(exchange):
    octets = bytes.fromhex(exchange["I_MESSAGE"])
    responder = World(exchange).responder(error_burst=10**6)
    for end in range(len(octets)):
        outcome = responder.handle(octets[:end])
        assert not outcome.ok and reaction(outcome) in CUT, end
    assert responder.handle(octets).ok


@names
def test_responder_every_flipped_bit(exchange):
    octets = bytes.fromhex(exchange["I_MESSAGE"])
    world = World(exchange)
    # without a window the flipped timestamps reach the MAC, too
    guard = ReplayGuard(None, startup="off", now=world.now)
    responder = world.responder(error_burst=10**6)
    responder.replay = guard
    for bit, spoiled in flips(octets):
        outcome = responder.handle(spoiled)
        assert not outcome.ok and not outcome.authenticated, bit
        assert reaction(outcome) in FLIPPED, bit
    assert guard.count == 0 and not responder._records
    assert responder.handle(octets).ok


@pytest.mark.parametrize(
    "exchange", [e for e in EXCHANGES if "R_MESSAGE" in e], ids=lambda e: e["name"].split(",")[0]
)
def test_initiator_every_truncation_and_flipped_bit(exchange):
    message = Message.decode(bytes.fromhex(exchange["I_MESSAGE"]))
    me = World(exchange).initiator(message)
    me.start()
    answer = bytes.fromhex(exchange["R_MESSAGE"])
    for end in range(len(answer)):
        assert me.feed(answer[:end]).kind == "discarded"
    for bit, spoiled in flips(answer):
        assert me.feed(spoiled).kind in ("discarded", "hint"), bit
        assert me.waiting
    assert me.feed(answer).kind == "established"


def test_flips_in_an_update():
    pair = Pair(responder={"error_burst": 10**6}).established()
    update = pair.later().me.update()
    before = pair.srv._records[pair.me.sa.csb_id]
    for bit, spoiled in flips(update):
        outcome = pair.srv.handle(spoiled)
        assert not outcome.ok and reaction(outcome) in FLIPPED, bit
    assert pair.srv._records[pair.me.sa.csb_id] == before
    assert pair.srv.handle(update).kind == "updated"


@pytest.mark.parametrize("seed", range(3))
def test_garbage_inside_an_authentic_kemac(seed):
    """Whoever has the key can still send nonsense: it must not get further than an error."""
    rnd = random.Random(seed)
    pair = Pair(responder={"error_burst": 10**6})
    message = Message.decode(pair.me.start())
    kemac = message.one(Kemac)
    for _ in range(700):
        encr = rnd.choice((1, 1, 2, 3, 9, 0))
        data = rnd.randbytes(rnd.choice((0, 1, 4, 8, 24, 40, len(kemac.data))))
        parts = (*message.payloads[:-1], Kemac(encr, data, 1, bytes(20)))
        outcome = pair.srv.handle(signed(Message(message.header, parts)))
        assert outcome.ok is False or data == b"" or outcome.sa is not None
        if outcome.ok:
            pair = Pair(responder={"error_burst": 10**6})
            message = Message.decode(pair.me.start())


def mutate(rnd, octets):
    """One of the ways to spoil a message."""
    data = bytearray(octets)
    for _ in range(rnd.choice((1, 1, 1, 2, 4, 16))):
        at = rnd.randrange(len(data)) if data else 0
        how = rnd.randrange(6)
        if how == 0 and data:
            data[at] = rnd.randrange(256)
        elif how == 1 and data:
            data[at] ^= 1 << rnd.randrange(8)
        elif how == 2:
            del data[at : at + rnd.randrange(1, 20)]
        elif how == 3:
            data[at:at] = rnd.randbytes(rnd.randrange(1, 20))
        elif how == 4:
            data[at : at + 2] = rnd.choice((b"\0\0", b"\xff\xff", b"\0\1", b"\x7f\xff"))
        else:
            other = rnd.randrange(len(data) + 1)
            data[at:at] = data[other : other + rnd.randrange(1, 40)]
    return bytes(data)


@pytest.mark.parametrize("resign", [False, True], ids=["as is", "MAC made good"])
def test_mutations_with_a_fixed_seed(resign):
    rnd = random.Random(20)
    pair = Pair(responder={"error_burst": 10**9, "allow_null": True, "compat_rtsps": True})
    keys = (KeyData(1, b"k" * 16, b"s" * 14), KeyData(2, b"t" * 16))
    seeds = [pair.me.start(), Pair(streams=(), keys=keys).me.start()]
    established = 0
    for _ in range(3000):
        octets = mutate(rnd, rnd.choice(seeds))
        if resign:
            try:
                message = Message.decode(octets)
                octets = signed(message, KEY, (message.one(Rand) or Rand(b"")).data)
            except Exception:  # noqa: BLE001  (what cannot be signed goes out as it is)
                pass
        outcome = pair.srv.handle(octets, peer="192.0.2.1:5")
        established += outcome.ok
        if outcome.answer and not outcome.ok:
            error_of(outcome.answer)
        pair.me.feed(octets)
    assert pair.guard.count <= established + 1
    assert pair.later().srv.handle(pair.me.start()).ok


def test_the_responder_survives_its_own_answers_and_all_vectors():
    responder = Responder([Psk(KEY, ALICE)], id_r=BOB, error_burst=10**9)
    for path in sorted(VECTORS.glob("*.json")):
        for word in path.read_text().split('"'):
            if word.startswith("01") and len(word) % 2 == 0:
                try:
                    octets = bytes.fromhex(word)
                except ValueError:
                    continue
                outcome = responder.handle(octets)
                if outcome.answer:
                    assert responder.handle(outcome.answer).answer is None
