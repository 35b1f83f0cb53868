"""What ends: associations that are closed, and updates that nobody has answered."""

import gc
import secrets
import types
import weakref

import pytest
from cert_world import ALICE, BOB, SIMPLE, CertPair, name
from peer_world import KEY, STREAMS, DhPair, Pair, error_of
from umikey_peer import Ecies, Initiator, LocalError, Psk
from umikey_peer.secret import Secret


def _octets_of(*roots):
    """All strings of octets that can be reached from objects, without what classes and modules
    lead to."""
    seen, todo, found = set(), list(roots), []
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, type | types.ModuleType | types.FunctionType):
            if isinstance(one, types.FunctionType) and id(one) not in seen:
                seen.add(id(one))
                todo += one.__closure__ or ()
            continue
        seen.add(id(one))
        if isinstance(one, bytes | bytearray):
            found.append(bytes(one))
        else:
            todo += [one._octets] if isinstance(one, Secret) else gc.get_referents(one)
    return found


def _keys_of(pair, sa):
    found = [bytes(key.key) for key in sa.keys] + [bytes(key.salt) for key in sa.keys if key.salt]
    for cs in sa:
        found += [cs.tek, cs.salt]
    held = pair.me._bundle.held
    if held and held.secret:
        found.append(bytes(held.secret))
    return found


def _pair(kind):
    fresh = {"random": secrets.token_bytes}
    if kind == "psk":
        return Pair(**fresh, responder=fresh)
    if kind == "dhhmac":
        return DhPair(**fresh, responder=fresh)
    return CertPair(kind, **fresh)


def _holds(octets, keys):
    return any(key in octets_ for octets_ in octets for key in keys)


CLOSING = ["psk", "dhhmac", *SIMPLE, (Ecies, {"cache": 1}), (Ecies, {"cache": 2})]
closing = pytest.mark.parametrize(
    "kind", CLOSING, ids=lambda k: k if isinstance(k, str) else name(k)
)


@closing
@pytest.mark.parametrize("updates", [0, 1, 2])
def test_nothing_stays_of_an_association_that_was_closed(kind, updates):
    pair = _pair(kind)
    theirs, ours = pair.run()
    for i in range(updates):
        keys = _keys_of(pair, ours.sa)
        old = theirs.sa, ours.sa
        pair.clock.seconds += 1
        theirs = pair.srv.handle(pair.me.update(rekey=i == 0))
        ours = pair.me.feed(theirs.answer)
        assert theirs.ok and ours.ok
        for sa in old:  # the keys of the new ones stay
            sa.close()
        assert theirs.sa.fingerprint() == ours.sa.fingerprint()
    keys = _keys_of(pair, ours.sa)
    assert len(keys) >= 5
    assert _holds(_octets_of(pair.srv, theirs.sa), keys[:2])
    assert _holds(_octets_of(pair.me, ours.sa), keys[:2])
    pair.clock.seconds += 1
    in_flight = pair.me.update()
    theirs.sa.close()
    assert not pair.srv._records
    assert not _holds(_octets_of(pair.srv, theirs.sa), keys)
    answer = pair.srv.handle(in_flight).answer
    assert error_of(answer) == 12
    ours.sa.close()
    assert not _holds(_octets_of(pair.me, ours.sa), keys)
    assert pair.me.feed(answer).kind == "discarded"
    with pytest.raises(LocalError, match="closed"):
        pair.me.update()
    with pytest.raises(LocalError):
        ours.sa[0].tek  # noqa: B018


@closing
def test_messages_of_a_csb_that_was_closed_are_refused(kind):
    for rekey in (True, False):
        pair = _pair(kind)
        theirs, ours = pair.run()
        pair.clock.seconds += 1
        later = pair.me.update(rekey=rekey)
        theirs.sa.close()
        theirs.sa.close()
        assert not pair.srv._records
        outcome = pair.srv.handle(later)
        assert error_of(outcome.answer) == 12 and outcome.sa is None
        # the number is free again, and both can begin anew
        pair.me.close()
        pair.clock.seconds += 1
        assert pair.run()[1].ok


def test_an_envelope_key_lives_as_long_as_one_csb_does():
    """C = 1: another CSB may stand on it, and must not fall with the first."""
    pair = CertPair((Ecies, {"cache": 1}))
    theirs, _ = pair.run()
    key = Psk(bytes(pair.me._bundle.held.secret), ALICE, BOB)
    other = Initiator(key, streams=STREAMS, now=pair.clock, taken={})
    second = pair.srv.handle(other.start())
    assert other.feed(second.answer).ok
    theirs.sa.close()
    pair.clock.seconds += 1
    third = pair.srv.handle(other.update())
    assert other.feed(third.answer).ok
    kept = pair.srv._records[third.csb_id][0].credential
    third.sa.close()
    assert not any(kept.key._octets)
    assert not _holds(_octets_of(pair.srv), [bytes(key.key)])
    pair.clock.seconds += 1
    assert pair.srv.handle(Initiator(key, streams=STREAMS, now=pair.clock).start()).error == 7


@pytest.mark.parametrize(
    "kind", ["psk", "dhhmac", *SIMPLE], ids=lambda k: k if isinstance(k, str) else name(k)
)
def test_an_update_without_keys_does_not_follow_one_that_nobody_answered(kind):
    pair = _pair(kind)
    pair.run()
    before = pair.me.sa.fingerprint()

    def later(**how):
        pair.clock.seconds += 1
        return pair.me.update(**how)

    taken = pair.srv.handle(later())  # its answer is lost: the responder has gone on alone
    assert taken.ok and taken.sa.fingerprint() != before
    for add in ((), (pair.me._streams[0],)):
        with pytest.raises(LocalError, match="not answered"):
            later(rekey=False, add=add)
    assert pair.me.sa.fingerprint() == before
    later()  # lost before it is there
    with pytest.raises(LocalError, match="not answered"):
        later(rekey=False)
    assert pair.me.feed(pair.srv.handle(later()).answer).kind == "updated"
    theirs = pair.srv.handle(later(rekey=False))
    assert pair.me.feed(theirs.answer).ok
    assert theirs.sa.fingerprint() == pair.me.sa.fingerprint() != before


def test_an_update_that_was_refused_is_answered():
    """An authentic error says that the responder has not taken the keys of this one message."""
    pair = Pair()
    pair.run()
    pair.srv.accept = lambda policy: False

    def update(**how):
        pair.later()
        return pair.me.feed(pair.srv.handle(pair.me.update(**how)).answer)

    assert update().kind == "failed"
    pair.srv.accept = None
    assert update(rekey=False).ok
    pair.later().me.update()  # lost, and the next one refused: the first may have been taken
    pair.srv.accept = lambda policy: False
    assert update().kind == "failed"
    with pytest.raises(LocalError, match="not answered"):
        pair.later().me.update(rekey=False)
    pair.me.start()
    with pytest.raises(LocalError, match="no CSB"):
        pair.me.update()


def test_an_association_does_not_keep_its_initiator_alive():
    """The initiator's CSB ID is free once nobody can update it any more."""
    taken = weakref.WeakValueDictionary()
    me = Initiator(Psk(KEY), id_i=ALICE, id_r=BOB, streams=STREAMS, verify=False, taken=taken)
    me.start()
    sa = me.sa
    assert len(taken) == 1
    del me
    gc.collect()
    assert not taken and sa[0].tek
    sa.close()
    assert sa.closed
