"""All implementations that a port has give the same results for inputs nobody chose."""

import _force
import check
from umikey.crypto.hmac import Hmac

state = [12345]
data = bytearray(300)


def number(below):
    state[0] = (state[0] * 171 + 11213) % 53125
    return state[0] % below


def scramble(buf):
    for i in range(len(buf)):
        buf[i] = number(256) ^ number(251)


def all_hmacs(size, kinds):
    made = []
    for kind in kinds:
        _force.use(kind)
        made.append(Hmac(size))
    outs = [bytearray(size) for _ in kinds]
    for turn in range(4):
        scramble(data)
        a = number(200)
        b = a + number(101)
        c = number(150)
        e = c + number(151)
        d = c + number(e - c + 1)
        for h, out in zip(made, outs):  # noqa: B905
            h.key(data, a, b)
            h.update(data, c, d)
            h.update(data, d, e)
            h.digest_into(out, 0)
            h.start()
            h.update(out, 0, size)
            h.digest_into(out, 0)
        for kind, out in zip(kinds[1:], outs[1:]):  # noqa: B905
            check.eq("HMAC %d %s %s %d" % (size, kinds[0], kind, turn), out, outs[0])


def all_aes(kinds):
    iv = bytearray(16)
    for turn in range(2):
        key = bytearray(16 + 16 * turn)
        scramble(key)
        scramble(iv)
        iv[15] = 255 - turn
        scramble(data)
        want = None
        for kind in kinds:
            _force.use(kind)
            from umikey.crypto.aes import Aes, ctr

            buf = bytearray(data[:100])
            count = bytearray(iv)
            aes = Aes(key)
            ctr(aes, count, buf, 5, 60)
            ctr(aes, count, buf, 60, 95)
            aes.encrypt(buf[:16], count)
            if want is None:
                want = buf, count
            check.eq("AES %s %s" % (kinds[0], kind), (buf, count), want)


if len(_force.kinds("sha1")) == 1:
    check.skip("SHA-1", "one implementation alone")
else:
    all_hmacs(20, _force.kinds("sha1"))
if len(_force.kinds("sha256")) == 1:
    check.skip("SHA-256", "one implementation alone")
else:
    all_hmacs(32, _force.kinds("sha256"))
if len(_force.kinds("aes")) == 1:
    check.skip("AES", "one implementation alone")
else:
    all_aes(_force.kinds("aes"))
check.done()
