"""What engines must survive beside the checklist: odd orders of calls, shared objects, stray input.

In this process, on CPython: the engines are the same code everywhere.
"""

import craft
import pytest
import umikey
from craft import ID_I, ID_R, NOW, PSK, I
from umikey import SRTP, Key, Responder, psk
from umikey.errors import AuthError, LocalError, RemoteError
from umikey.replay import Replay

LATER = [b"\xe5\x7a\x8e" + bytes([n]) + bytes(4) for n in range(0xC1, 0xD0)]


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        self.now += 1
        return self.now


def initiator(streams=None, **options):
    streams = streams or (SRTP(1), SRTP(2))
    options = {"id_i": ID_I.decode(), "id_r": ID_R.decode(), "now": Clock()} | options
    return psk.Initiator(PSK, streams=streams, **options)


def responder(lookup=lambda i, r: PSK, allow_null=False, **options):
    replay = Replay(lambda: NOW, quarantine=0, counters={})
    options = {"id_r": ID_R.decode(), "now": lambda: NOW, "replay": replay} | options
    return Responder((psk.Policy(lookup, allow_null=allow_null),), **options)


def run(write, me, srv):
    """One message and its answer; the responder's SA."""
    buf, out = bytearray(600), bytearray(600)
    n = write(buf)
    srv.reset()
    assert srv.feed(buf, 0, n)
    assert me.feed(out, 0, srv.answer(out))
    assert me.sa.fingerprint() == srv.sa.fingerprint()
    return srv.sa


def hear(srv, message):
    srv.reset()
    return srv.feed(message)


def test_item_126_a_closed_sa_leaves_others_their_keys():
    me, srv = initiator(), responder()
    first = run(me.start, me, srv)
    key = bytes(first[0].tek)
    run(lambda buf: me.update(buf, streams=(SRTP(1), SRTP(2), SRTP(3))), me, srv)
    first.close()
    assert first.sessions == ()
    assert bytes(srv.sa[0].tek) == bytes(me.sa[0].tek) == key
    run(me.update, me, srv)


def test_item_126_after_close_a_new_key_is_drawn():
    me, srv = initiator(), responder()
    seen = set()
    for close in (lambda: me.sa.close(), lambda: me.close(), lambda: None):
        run(me.start, me, srv)
        assert any(srv.sa.keys[0][1])
        seen.add((bytes(srv.sa.keys[0][1]), bytes(srv.sa.csb_id)))
        close()
    assert len(seen) == 3


def test_item_126_close_overwrites_everything():
    me, srv = initiator(), responder()
    run(me.start, me, srv)
    kept = [me.sa[0].tek, me.sa[0].salt, me.sa.keys[0][1], srv.sa[0].tek, srv.sa.keys[0][1]]
    state = vars(me._kdf).items()
    kept += [v for name, v in state if isinstance(v, bytearray) and name != "_label"]
    assert len(kept) > 5 and all(map(any, kept))
    me.close()
    srv.close()
    assert not any(map(any, kept))
    with pytest.raises(LocalError):
        _ = me.sa


def test_one_key_for_several_receivers():
    key = Key(tek=bytes(range(16)), salt=bytes(range(14)))
    a, b = initiator(keys=(key,)), initiator(keys=(key,))
    run(a.start, a, responder())
    a.close()
    assert bytes(run(b.start, b, responder())[0].tek) == bytes(range(16))


def test_start_after_an_update():
    me, srv = initiator(), responder()
    run(me.start, me, srv)
    run(me.update, me, srv)
    run(me.start, me, responder())
    me.reset()
    run(me.start, me, srv)


def test_a_new_attempt_forgets_the_old_sa():
    me = initiator()
    run(me.start, me, responder())
    me.start(bytearray(300))
    with pytest.raises(LocalError):
        _ = me.sa


def test_long_extensions():
    """Any number of them, whatever their length, but not before RAND and the identities."""
    ext = craft.extension(0, bytes(range(70)))
    assert hear(responder(), I(before_sp=(ext, ext, ext)).encode())
    other = craft.extension(0, bytes(3000))
    assert hear(responder(), I(before_sp=(other,), extra=(ext,)).encode())
    for ids in ((ID_I, b"sip:carol@example.com"), (b"sip:eve@example.com", ID_R)):
        m = I(ids=(), before_sp=(ext, *map(craft.identity, ids))).encode()
        with pytest.raises((RemoteError, AuthError)) as e:
            hear(responder(id_i=ID_I.decode()), m)
        assert e.value.number in (7, 12)


def test_null_messages_touch_no_keyed_csb():
    srv = responder(allow_null=True)
    assert hear(srv, I().encode())
    before = srv.sa.fingerprint()
    m = I(rand=None, ts=LATER[0], encr=0, mac=0, keys=b"", sps=(), cs=((0, 0xBAD, 0),)).encode()
    with pytest.raises(RemoteError):
        hear(srv, m)
    srv.reset()
    assert srv.sa.fingerprint() == before
    with pytest.raises(RemoteError):
        hear(responder(allow_null=True), I(encr=1, mac=0).encode())
    counter = I(ts_type=2, ts=b"\xff" * 4, encr=0, mac=0, csb=b"wxyz").encode()
    assert hear(srv, counter)
    assert hear(srv, I(ts_type=2, ts=b"\0\0\0\1", csb=b"abcd").encode())


def test_one_policy_in_two_responders():
    policy = psk.Policy(lambda i, r: PSK if i == ID_I else None)
    a, b = (
        Responder(
            (policy,), ID_R.decode(), replay=Replay(lambda: NOW, quarantine=0), now=lambda: NOW
        )
        for _ in range(2)
    )
    m = I().encode()
    a.feed(m, 0, 150)
    with pytest.raises(AuthError):
        hear(b, I(ids=(b"sip:eve@example.com", ID_R)).encode())
    assert a.feed(m, 150, len(m))
    assert a.answer(bytearray(200)) == 74


def test_lookups_that_say_no():
    for lookup in (lambda i, r: {}[i], lambda i, r: None, lambda i, r: b""):
        srv = responder(lookup)
        with pytest.raises(AuthError):
            hear(srv, I().encode())
        assert srv.answer(bytearray(99)) > 0


def test_one_tek_for_one_ssrc_twice():
    keys = craft.key_data(bytes(16), 3, bytes(14))
    assert hear(responder(), I(keys=keys, cs=((0, 1, 0), (0, 2, 0))).encode())
    with pytest.raises(RemoteError):
        hear(responder(), I(keys=keys, cs=((0, 1, 0), (0, 1, 0))).encode())


def test_updates_without_sessions_leave_them():
    srv = responder()
    assert hear(srv, I().encode())
    old = srv.sa.fingerprint()
    assert hear(srv, I(rand=None, ts=LATER[0], cs=(), sps=(), keys=b"").encode())
    assert srv.sa.fingerprint() == old
    bundle = responder()  # and a CSB that never had any is a CSB
    assert hear(bundle, I(cs=(), sps=()).encode())
    assert hear(bundle, I(cs=(), sps=(), rand=None, ts=LATER[0], keys=b"").encode())


def test_forged_errors_are_hints():
    for options in ({"mac": 2, "prf": 1}, {"mac": 0, "encr": 0, "allow_null": True}):
        me = initiator((SRTP(0x11111111),), csb_id=craft.CSB, rand=craft.RAND, **options)
        me.start(bytearray(300), ts=craft.TS)
        error = craft.response(data_type=6, extra=((craft.ERR, b"\0\0\0"),))
        assert me.feed(error) is False and me.hint == 0


def test_without_identities():
    me = psk.Initiator(PSK, streams=(SRTP(1),), verify=False, now=Clock())
    me.start(bytearray(300))
    assert me.update(bytearray(300)) > 0 and me.state == "done"
    with pytest.raises(LocalError):
        me.update(bytearray(300), verify=True)


def test_a_kdf_or_prf_of_another_csb():
    srv = responder()
    assert hear(srv, I().encode())
    with pytest.raises(RemoteError) as e:
        hear(srv, I(rand=None, ts=LATER[0], prf=1, sps=()).encode())
    assert e.value.number == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "a string"},
        {"key": None},
        {"key": b""},
        {"id_i": b"octets"},
        {"id_r": 7},
        {"ts_type": 9},
        {"csb_id": b"123"},
        {"prf": 7},
        {"encr": 9},
        {"nonsense": 1},
    ],
)
def test_wrong_arguments_are_named(wrong):
    options = {"key": PSK, "id_i": "a@b", "id_r": "c@d", "streams": (SRTP(1),)} | wrong
    with pytest.raises(LocalError):
        psk.Initiator(**options)


def test_one_stream_without_a_tuple():
    me = initiator(SRTP(7))
    assert run(me.start, me, responder())[0].ssrc == 7


def test_keys_are_not_shown():
    me, srv = initiator(), responder()
    sa = run(me.start, me, srv)
    shown = repr([me, srv, sa, sa[0], me._kdf, vars(sa[0])["cs_id"]]).lower()
    assert PSK.hex() not in shown and repr(PSK).lower() not in shown
    assert bytes(sa[0].tek).hex() not in shown
    with pytest.raises(umikey.errors.UmikeyError) as e:
        hear(responder(), I().encode()[:-1] + b"x")
    assert PSK.hex() not in str(e.value)
