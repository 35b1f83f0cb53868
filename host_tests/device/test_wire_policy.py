"""Security policies: SP payloads, SRTP parameters, what is refused (checklist items 15, 59-65)."""

import check
from umikey import policy, wire
from umikey.buf import Reader
from umikey.errors import LocalError, RemoteError
from umikey.policy_check import check as judge
from umikey.policy_named import encode
from umikey.wire import Writer

FULL = b"\0\1\1\1\1\x10\2\1\1\3\1\x14\4\1\x0e\5\1\0\7\1\1\x08\1\1\x0a\1\1\x0b\1\x0a"
GCM = b"\0\1\6\1\1\x20\4\1\x0c\5\1\0\6\1\0\x14\1\x10"
RCC = b"\0\1\1\x0e\1\3\x0f\1\1\x0d\2\0\x64\x12\1\x0e\x13\1\x0a"


def payload(name, params, no):
    w = Writer(bytearray(64))
    wire.push_sp(w, no, 0, params)
    n = w.close()
    r = Reader(w.buf, 0, n)
    got_no, prot, at, size = wire.pull_sp(r)
    check.eq(name, (got_no, prot, bytes(w.buf[at : at + size]), r.at, r.np), (no, 0, params, n, 0))


payload("item 59: SP pushed and pulled", FULL, 1)
payload("item 59: SP without parameters", b"", 255)

# as in host_tests/vectors/12_payloads.json
SP = b"\0\0\0\0\x1e" + FULL
check.eq("item 59: SP of the vectors", wire.pull_sp(Reader(SP, 0, len(SP))), (0, 0, 5, 30))

DEFAULTS = (1, 16, 1, 20, 14, 0, 0, 1, 1, 0, 1, 10, 0, 1, 1, 1, 20, 20, 10, 10, 16)
for what in range(21):
    check.eq("item 59: default of %d" % what, policy.get(b"", what), DEFAULTS[what])
    check.eq("item 59: full list, %d" % what, policy.get(FULL, what), DEFAULTS[what])
judge(b"")
judge(FULL)
judge(policy.DEFAULT)
check.eq("item 59: value of two octets", policy.get(b"\6\2\1\0", 6), 256)
check.eq("item 59: part of a buffer", policy.get(b"\7" + FULL + b"\0\1\5", 0, 1, 1 + len(FULL)), 1)

check.eq("item 60: key length of 32", policy.get(b"\1\1\x20", 1), 32)
for size in (16, 24, 32):
    judge(bytes((1, 1, size)))


def refused(name, params):
    e = check.raises(name, RemoteError, judge, params)
    check.eq(name + ": error", e and e.number, 10)


# 61: values that no SRTP stack runs, and lists that are none
for name, params in (
    ("NULL encryption", b"\0\1\0"),
    ("F8", b"\0\1\2"),
    ("encryption 77", b"\0\1\x4d"),
    ("key of 15", b"\1\1\x0f"),
    ("NULL authentication", b"\2\1\0"),
    ("authentication 9", b"\2\1\x09"),
    ("auth key of 40", b"\3\1\x28"),
    ("salt of 4", b"\4\1\4"),
    ("PRF 1", b"\5\1\1"),
    ("KDR 3", b"\6\1\3"),
    ("KDR 2^25", b"\6\4\2\0\0\0"),
    ("SRTP encryption 2", b"\7\1\2"),
    ("FEC order 1", b"\x09\1\1"),
    ("authentication off", b"\x0a\1\0"),
    ("tag of 0", b"\x0b\1\0"),
    ("tag of 21", b"\x0b\1\x15"),
    ("prefix", b"\x0c\1\1"),
    ("type 21", b"\x15\1\0"),
    ("type 255", b"\xff\1\0"),
    ("twice", b"\0\1\1\0\1\1"),
    ("length 0", b"\0\0"),
    ("length 9", b"\6\x09\0\0\0\0\0\0\0\0\0"),
    ("value of 8 octets", b"\0\x08\1\0\0\0\0\0\0\1"),
    ("beyond the list", b"\0\1\1\1\2\x10"),
    ("half a parameter", b"\0\1\1\1"),
):
    refused("item 61: " + name, params)
for params in (b"\6\4\1\0\0\0", b"\6\1\0", b"\7\1\0", b"\x0b\1\4", b"\x0b\2\0\x0a"):
    judge(params)

for params in (GCM, b"\0\1\6\x14\1\x10"):
    judge(params)
check.eq("item 63: salt of AES-GCM", policy.get(b"\0\1\6", 4), 12)
check.eq("item 63: tag of AES-GCM", policy.get(GCM, 20), 16)
check.eq(
    "item 63: what we offer", policy.SRTP(encr=6).params, b"\0\1\6\1\1\x10\4\1\x0c\5\1\0\x14\1\x10"
)
refused("item 63: tag of 8", b"\0\1\6\x14\1\x08")
refused("item 63: PRF 1", b"\0\1\6\5\1\1")
refused("item 63: key of 24", b"\0\1\6\1\1\x18")
refused("item 63: salt of 14", b"\0\1\6\4\1\x0e")

judge(RCC)
check.eq("item 64: R", policy.get(RCC, 13), 100)
check.eq("item 64: 14 before 2", policy.get(b"\2\1\1\x0e\1\3", 14), 3)
check.eq("item 64: 2 where 15 is absent", policy.get(b"\2\1\1\x0e\1\3", 15), 1)
check.eq("item 64: 16 before 3", policy.get(b"\x10\1\x0f\3\1\x14", 16), 15)
check.eq("item 64: 3 where 17 is absent", policy.get(b"\x10\1\x0f\3\1\x14", 17), 20)
check.eq("item 64: 19 before 11", policy.get(b"\x0b\1\4\x13\1\x0a", 19), 10)
check.eq("item 64: 11 where 18 is absent", policy.get(b"\x0b\1\4\x13\1\x0a", 18), 4)
refused("item 64: R = 0", b"\x0e\1\2\x0d\2\0\0")
refused("item 64: R of 17 bits", b"\x0e\1\2\x0d\3\1\0\0")
refused("item 64: RCC for SRTCP", b"\x0f\1\2")
refused("item 64: RCC for both", b"\2\1\2")
refused("item 64: tag shorter than ROC", b"\x0e\1\2\x12\1\3")
judge(b"\x0e\1\2\x12\1\x0e")

judge(b"\x0e\1\4\x12\1\4")
refused("item 65: RCCm3 with the default tag", b"\x0e\1\4")
refused("item 65: RCCm3 with a tag of 14", b"\x0e\1\4\x12\1\x0e")

# SPEC A24: a tag length in the key length's place
check.eq("item 59: key length 10 without a tag length", policy.get(b"\3\1\x0a", 3), 20)
check.eq("item 59: key length 4 is a tag of 4", policy.get(b"\3\1\4", 11), 4)
check.eq("item 59: key length 10 and a tag length", policy.get(b"\3\1\x0a\x0b\1\x0a", 3), 10)

check.eq("item 60: offer", policy.get(policy.SRTP(key_len=32).params, 1), 32)
check.eq("item 64: offer", policy.SRTP(rcc_rate=1).params[-4:], b"\x0d\2\0\1")
check.raises("item 61: no such name", LocalError, encode, {"tags": 1})
check.raises("item 61: out of range", LocalError, encode, {"tag_len": -1})
check.done()
