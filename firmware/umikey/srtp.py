"""SRTP packets with what MIKEY agreed (RFC 3711): AES-CM with HMAC-SHA1-80. Optional.

Only sending so far: `Sender(sa[0]).protect(buf, n)`.
"""

from umikey.crypto.aes import Aes, ctr
from umikey.crypto.hmac import Hmac
from umikey.errors import BufferTooSmall, LocalError
from umikey.policy import get


class Sender:
    """Protects the RTP packets of one crypto session, in place.

    cs: a `sa.CS` with an AES-CM policy (RFC 3711 4.1.1) and authentication by HMAC-SHA-1; other
    policies: LocalError. Packets must come in the order of their sequence numbers.
    """

    def __init__(self, cs):
        p = cs.params
        if get(p, 0) != 1 or get(p, 14) != 1 or get(p, 6) or not get(p, 10) or not get(p, 7):
            raise LocalError("only AES-CM with HMAC-SHA-1 and no key derivation rate")
        self._cs = cs
        self._mki = cs.mki or b""
        self._tag_n = get(p, 18)
        self._roc = cs.roc
        # 2^48 packets at most (RFC 3711 9.2), or as long as the key's validity says
        self._end = int.from_bytes(cs.valid[1], "big") + 1 if cs.valid else 1 << 48
        self._seq = None
        salt = bytes(cs.salt) or bytes(14)
        master = Aes(cs.tek)
        self._aes = Aes(self._session(master, salt, 0, len(cs.tek)))
        self._salt = self._session(master, salt, 2, 14)
        self._mac = Hmac(20)
        self._mac.key(self._session(master, salt, 1, 20), 0, 20)
        self._iv = bytearray(16)
        self._tag = bytearray(20)

    def _session(self, master, salt, label, n):
        # session key number `label` (RFC 3711 4.3.1, 4.3.3); kdr 0, so the index plays no part
        iv = bytearray(16)
        iv[0:14] = salt
        iv[7] ^= label
        out = bytearray(n)
        ctr(master, iv, out, 0, n)
        return out

    def protect(self, buf, n):
        """Encrypt and authenticate the RTP packet buf[0:n]; returns its new length.

        BufferTooSmall where MKI and tag do not fit; LocalError for what is not RTP, or repeats.
        """
        end = n + len(self._mki) + self._tag_n
        if n < 12 or buf[0] >> 6 != 2:
            raise LocalError("not an RTP packet")
        if end > len(buf):
            raise BufferTooSmall(end)
        at = 12 + 4 * (buf[0] & 15)
        if buf[0] & 16 and at + 4 <= n:
            at += 4 + 4 * (buf[at + 2] << 8 | buf[at + 3])
        if at > n:
            raise LocalError("RTP header longer than the packet")
        seq = buf[2] << 8 | buf[3]
        last = self._seq
        if last is not None:
            step = (seq - last) & 0xFFFF
            if not 0 < step < 0x8000:
                raise LocalError("sequence number %d after %d" % (seq, last))
        roc = self._roc + (last is not None and seq < last)
        index = roc << 16 | seq
        if index >= self._end:
            raise LocalError("the key is used up: re-key (RFC 3830 9.2)")
        self._seq = seq
        self._roc = self._cs.roc = roc  # an update tells the other end
        roc = self._roc.to_bytes(4, "big")
        iv = self._iv  # (salt << 16) XOR (SSRC << 64) XOR (index << 16), RFC 3711 4.1.1
        iv[0:14] = self._salt
        iv[14] = iv[15] = 0
        for i in range(4):
            iv[4 + i] ^= buf[8 + i]
            iv[8 + i] ^= roc[i]
        iv[12] ^= buf[2]
        iv[13] ^= buf[3]
        ctr(self._aes, iv, buf, at, n)
        mac = self._mac
        mac.start()
        mac.update(buf, 0, n)
        mac.update(roc, 0, 4)
        mac.digest_into(self._tag, 0)
        buf[n : n + len(self._mki)] = self._mki
        for i in range(self._tag_n):
            buf[end - self._tag_n + i] = self._tag[i]
        return end
