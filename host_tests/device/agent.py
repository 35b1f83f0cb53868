"""Runs on the target and does as it is told, so that one set of host tests drives every target.

A command is a line: a name and key=value words; octets are hex, "-" is nothing. Every command
answers with one line: "= ..." or "! <exception> <MIKEY error number or -> <text>".
"""

import gc
import sys
from binascii import hexlify, unhexlify

_t = {}  # the engines, by name


def _hex(b):
    return str(hexlify(b), "ascii") if b else "-"


def _oct(s):
    return unhexlify(s) if s != "-" else b""


def _who(s):
    return None if s == "-" else (1, _oct(s))


class _Draw:
    # rigged randomness: another block for every draw, the same ones for the same seed
    seed = 0

    def __init__(self, seed=None):
        _Draw.seed += 7
        self.n = _Draw.seed if seed is None else seed

    def __call__(self, n):
        self.n += 1
        return bytes((self.n * 37 + i * 11 + 1) & 255 for i in range(n))


def prf(f="0", key="-", label="-", n="16"):
    from umikey.kdf import Kdf

    out = bytearray(int(n))
    Kdf(32 if f == "1" else 20, 0, b"\0\0\0\0", b"").prf(_oct(key), _oct(label), out, 0, len(out))
    return _hex(out)


def derive(f="0", csb="-", rand="-", what="0", cs="255", key="-", n="16"):
    from umikey.kdf import Kdf

    kdf = Kdf(32 if f == "1" else 20, 0, _oct(csb), _oct(rand))
    out = bytearray(int(n))
    kdf.derive(int(what), int(cs), _oct(key), out, 0, len(out))
    return _hex(kdf._label) + " " + _hex(out)


def power(group="0", y="-", x="-"):
    """2^x, or y^x, in a DH group."""
    from umikey.crypto import dh

    out = bytearray(dh.size(int(group)))
    if y == "-":
        dh.public(int(group), bytearray(_oct(x)), out)
    else:
        dh.shared(int(group), _oct(y), 0, bytearray(_oct(x)), out)
    return _hex(out)


def cm(key="-", iv="-", data="-"):
    from umikey.crypto.aes import Aes, ctr

    buf = bytearray(_oct(data))
    ctr(Aes(_oct(key)), bytearray(_oct(iv)), buf, 0, len(buf))
    return _hex(buf)


def kw(key="-", iv="-", data="-"):
    from umikey.crypto.aes_kw import unwrap, wrap

    wrapped = wrap(_oct(key), _oct(iv), _oct(data))
    return _hex(wrapped) + " " + _hex(unwrap(_oct(key), _oct(iv), wrapped))


def payload(kind="0", module="wire", pull="-", m="-"):
    """A stand-alone payload -> octets it has by the stream parser, and by its pull_ function."""
    from umikey.buf import Reader
    from umikey.stream import extent

    code = __import__("umikey." + module, None, None, (module,))
    message = _oct(m)
    n = was = 0
    while pull != "key":  # key data stands inside KEMAC, where the parser does not go
        n = extent(int(kind), message, 0, was)
        if n == was or n > len(message):
            break
        was = n
    r = Reader(message, 0, len(message))
    getattr(code, "pull_" + pull)(r)
    return "%d %d" % (n or r.at, r.at)


def _streams(cs):
    # ssrc/roc/params,... in hex; params empty: the default policy
    from umikey import SRTP

    out = ()
    for one in cs.split(",") if cs != "-" else ():
        ssrc, roc, params = one.split("/")
        out += (SRTP(int(ssrc, 16), int(roc, 16), _oct(params) if params else None),)
    return out


def _keys(keys):
    # type/key/salt/kv/a/b,...
    out = ()
    for one in keys.split(",") if keys != "-" else ():
        kind, key, salt, kv, a, b = one.split("/")
        salt = bytearray(_oct(salt)) or None
        out += ((int(kind), bytearray(_oct(key)), salt, int(kv), _oct(a), _oct(b)),)
    return out


def initiator(
    mode="psk",
    psk="-",
    idi="-",
    idr="-",
    cs="-",
    v="1",
    csb="-",
    rand="-",
    keys="-",
    ext="-",
    **opt,
):
    code = __import__("umikey.modes." + mode, None, None, (mode,))
    x = opt.pop("x") if "x" in opt else "-"
    options = {"random": _Draw(int(opt.pop("seed")) if "seed" in opt else None)}
    for name in opt:
        options[name] = int(opt[name])
    if "now" in options:
        now = options["now"]
        options["now"] = lambda: now
    if csb != "-":
        options["csb_id"] = _oct(csb)
    if rand != "-":
        options["rand"] = _oct(rand)
    if keys != "-":
        options["keys"] = _keys(keys)
    if ext != "-":
        kind, data = ext.split("/")
        options["extensions"] = ((int(kind), _oct(data)),)
    if x != "-":
        options["exponent"] = _oct(x)
    args = _oct(psk), _who(idi), _who(idr), _streams(cs)
    if mode == "psk":
        args += (v == "1",)
    _t["me"] = code.Initiator(*args, **options)
    return ""


def certified(mode="dhsign", cred="-", idr="-", cs="-", v="1", csb="-", rand="-", x="-", **opt):
    """An initiator with a certificate; what is hex: curves, mki, env (the envelope key), key."""
    from umikey.credentials import Credentials

    code = __import__("umikey.modes." + mode, None, None, (mode,))
    options = {"random": _Draw(int(opt.pop("seed")) if "seed" in opt else None)}
    if "draw" in opt:
        from umikey.crypto import rng

        drawn = _oct(opt.pop("draw"))
        options["random"] = lambda n: drawn
        rng.fill(bytearray(8), 0, 8, _Draw())  # the same octets twice in a row would be refused
    for name, value in opt.items():
        if name == "keys":
            options[name] = _keys(value)
        elif name in ("curves", "mki"):
            options[name] = _oct(value)
        elif name == "env":
            options["env_key"] = _oct(value)
        elif name == "chash" and value == "-":
            options[name] = None
        else:
            options[name] = int(value)
    if "now" in options:
        now = options["now"]
        options["now"] = lambda: now
    if csb != "-":
        options["csb_id"] = _oct(csb)
    if rand != "-":
        options["rand"] = _oct(rand)
    if x != "-":
        options["exponent"] = _oct(x)
    if mode == "ecies":
        options["verify"] = v == "1"
    _t["me"] = code.Initiator(Credentials(_oct(cred)), _who(idr), _streams(cs), **options)
    return ""


def _out(write, *args):
    from umikey.errors import BufferTooSmall

    buf = bytearray(200)
    while True:
        try:
            n = write(buf, *args)
            return _hex(memoryview(buf)[:n])
        except BufferTooSmall as e:
            buf = bytearray(e.needed)


def start(ts="-"):
    return _out(_t["me"].start, _oct(ts) or None)


def update(cs="-", keys="-", ts="-", v="1", fresh="-"):
    me = _t["me"]
    if fresh != "-":  # the modes in which both ends make the key
        return _out(me.update, _streams(cs), fresh == "1", _oct(ts) or None)
    return _out(me.update, _streams(cs), _keys(keys), v == "1", _oct(ts) or None)


def clock(now):
    """The responder's clock goes to `now`, in Unix seconds."""
    _t["now"] = int(now)
    return ""


def responder(
    psk="-", idr="-", idi="-", now="-", null="0", ssrc="-", zero="0", limit="512", dh="-", x="-",
    size="32", quarantine="0", cred="-", modes="dhsign,ecies,ecmqv", curves="-", hedged="1",
    groups="0a0d00", cert="1", allow="-",
):  # fmt: skip
    """dh: DH-Groups for DH-HMAC, in hex; x: the exponent; size, quarantine: see `Replay`; cred: for
    the modes with certificates, which `modes` names; groups: for DH-SIGN; allow: the one identity.
    """
    from umikey import Responder
    from umikey import psk as mode
    from umikey.replay import Replay

    clock = None
    if now != "-":
        _t["now"] = int(now)

        def clock():
            return _t["now"]

    key = _oct(psk)
    ssrcs = ssrc.split("/")

    def fill(cs_id):
        return int(ssrcs[min(cs_id, len(ssrcs)) - 1], 16)

    policies = (mode.Policy(lambda i, r: key, allow_null=null == "1"),)
    if dh != "-":
        from umikey import dhhmac

        policies += (dhhmac.Policy(lambda i, r: key, _oct(dh), _oct(x) or None),)
    if cred != "-":
        from umikey.credentials import Credentials

        policies = ()
        options = {
            "curves": _oct(curves) or None,
            "hedged": hedged == "1",
            "send_cert": cert == "1",
        }
        if allow != "-":
            options["allow"] = lambda who: who == _oct(allow)
        for name in modes.split(","):
            code = __import__("umikey.modes." + name, None, None, (name,))
            more = dict(options)
            if name != "ecies":
                more["exponent"] = _oct(x) or None
            if name == "dhsign":
                more["groups"] = _oct(groups)
            policies += (code.Policy(Credentials(_oct(cred)), **more),)
            if name == "ecies":
                policies += (code.Cached(policies[-1]),)
    _t["srv"] = Responder(
        policies,
        _who(idr),
        _who(idi),
        now=clock,
        random=_Draw(),
        limit=int(limit),
        replay=Replay(clock, size=int(size), quarantine=int(quarantine), counters={}),
        ssrc=None if ssrc == "-" else fill,
        spare_zero=zero == "1",
    )
    return ""


def _feed(engine, message, chunk):
    buf = _oct(message)
    step = int(chunk) or len(buf) or 1
    done = False
    for i in range(0, len(buf), step):
        done = engine.feed(buf, i, min(i + step, len(buf)))
    if not done and engine.state != "waiting":
        engine.eof()
    return done


def feed(m="-", chunk="0"):
    """The initiator's answer -> done, or not yet / only a hint."""
    return str(_feed(_t["me"], m, chunk))


def hear(m="-", chunk="0"):
    """A message to the responder -> "ok" or "exception/number", and its answer."""
    srv = _t["srv"]
    srv.reset()
    try:
        said = "ok" if _feed(srv, m, chunk) else "more"
    except Exception as e:
        said = "%s/%s" % (type(e).__name__, getattr(e, "number", None))
    return said + " " + _out(srv.answer)


def keys(who="me"):
    """-> fingerprint, then cs_id/ssrc/tek/salt/mki/valid for each crypto session"""
    sa = _t[who].sa
    out = sa.fingerprint()
    for cs in sa.sessions:
        valid = _hex(cs.valid[0]) + "-" + _hex(cs.valid[1]) if cs.valid else "-"
        out += " %d/%08x/%s/%s/" % (cs.cs_id, cs.ssrc, _hex(cs.tek), _hex(cs.salt))
        out += _hex(cs.mki) + "/" + valid
    return out


def tgk(who="me"):
    return _hex(_t[who].sa.keys[0][1])


def protect(i="0", who="me", packet="-"):
    """An SRTP packet by the agreed keys."""
    from umikey.srtp import Sender

    p = _oct(packet)
    buf = bytearray(len(p) + 32)
    buf[: len(p)] = p
    n = Sender(_t[who].sa[int(i)]).protect(buf, len(p))
    return _hex(buf[:n])


def ec(do="-", **args):
    import agent_ec

    return getattr(agent_ec, do)(**args)


def reset(who="me"):
    _t[who].reset()
    return ""


def mem():
    gc.collect()
    return str(gc.mem_alloc())


def main():
    while True:
        line = sys.stdin.readline()
        words = line.split()
        if not words:
            if not line:
                return
            continue
        if words[0] == "bye":
            return
        args = {}
        for w in words[1:]:
            name, value = w.split("=")
            args[name] = value
        try:
            print("=", globals()[words[0]](**args))
        except Exception as e:
            print("!", type(e).__name__, getattr(e, "number", None), e)
        gc.collect()


main()
