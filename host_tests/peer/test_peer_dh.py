"""DH arithmetic: the groups, both ways to compute a power, bad values, exponents that go away."""

import json
import warnings

import pytest
from peer_world import VECTORS, Random
from umikey_peer import LocalError, Refused, dh
from umikey_peer.registry import DH_MODP_LENGTH

ALL = (*dh.STANDARD, *dh.PRIVATE)
# First and last octets that RFC 2412 and RFC 3526 print around the digits of pi
FIRST, LAST = "ffffffffffffffffc90fdaa22168c234", "ffffffffffffffff"
# The 64 bits before LAST, copied from the RFCs' hexadecimal values
BEFORE_LAST = {
    0: "f1746c08ca237327", 1: "f44c42e9a63a3620", 2: "49286651ece65381",
    241: "15728e5a8aacaa68", 242: "4b82d120a93ad2ca", 243: "4df435c934063199",
}  # fmt: skip


def probably_prime(n):
    d, s = n - 1, 0
    while not d & 1:
        d, s = d >> 1, s + 1
    for base in (2, 3, 5, 7):
        x = pow(base, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


@pytest.mark.parametrize("number", ALL)
def test_the_primes(number):
    group = dh.group(number)
    text = f"{group.p:x}"
    assert len(text) == 2 * group.length == 2 * DH_MODP_LENGTH[number]
    assert text.startswith(FIRST) and text.endswith(BEFORE_LAST[number] + LAST)
    if group.length <= 256:  # the larger ones take seconds
        assert probably_prime(group.p) and probably_prime(group.p // 2)
    # 2 generates the subgroup of prime order, so its powers give nothing away in small ones
    assert pow(2, group.p // 2, group.p) == 1


def test_the_groups_of_the_vectors_are_ours():
    entries = json.loads((VECTORS / "16_groups.json").read_text())["groups"]
    found = {e["dh_group"]: int(e["p"], 16) for e in entries if e["type"] == "modp"}
    assert found == {number: dh.group(number).p for number in dh.STANDARD}


@pytest.mark.parametrize("number", [3, 10, 18, 19, 240, 244, 255])
def test_other_numbers_are_error_6(number):
    with pytest.raises(Refused) as caught:
        dh.group(number)
    assert caught.value.number == 6


@pytest.mark.parametrize("number", ALL)
def test_both_ways_compute_the_same(number):
    group, random = dh.group(number), Random(bytes([number]))
    exponents = [int.from_bytes(random(32), "big") for _ in range(4)]
    exponents += [1, 2, 3, (1 << 256) - 1, 1 << 255]
    for x in exponents:
        for base in (2, group.p - 2, int.from_bytes(random(group.length), "big") % group.p):
            right = pow(base, x, group.p).to_bytes(group.length, "big")
            assert dh._blinded(group, base, x) == right
            if dh.backend(number) == "openssl":
                assert dh._openssl(group, base, x) == right


def test_which_way_is_taken(monkeypatch):
    expected = {number: "openssl" if number in dh.OPENSSL_KNOWS else "python" for number in ALL}
    if dh.openssl is not None:
        assert {number: dh.backend(number) for number in ALL} == expected
    dh._works.cache_clear()
    monkeypatch.setattr(dh, "openssl", None)
    assert {dh.backend(number) for number in ALL} == {"python"}
    a, b = (dh.Private(dh.group(0), Random(seed)(32)) for seed in (b"a", b"b"))
    assert a.shared(b.public()) == b.shared(a.public())
    dh._works.cache_clear()


def test_an_openssl_that_will_not_do_is_left_alone(monkeypatch):
    def refuse(*_):
        raise ValueError("no such group here")

    def lie(group, base, x):
        return bytes(group.length)

    for broken in (refuse, lie):
        dh._works.cache_clear()
        monkeypatch.setattr(dh, "_openssl", broken)
        assert dh.backend(0) == "python"
    dh._works.cache_clear()


def test_no_warning_reaches_the_user():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dh._works.cache_clear()
        assert dh.Private(dh.group(0), b"\3").public() == (8).to_bytes(192, "big")


@pytest.mark.parametrize("number", ALL)
def test_values_outside_of_the_group_are_error_6(number):
    group = dh.group(number)
    private = dh.Private(group, b"\7")
    n, p = group.length, group.p

    def wide(value, length=n):
        return value.to_bytes(length, "big")

    bad = [wide(value) for value in (0, 1, p - 1, p, p + 1, (1 << 8 * n) - 1)]
    bad += [b"", wide(2, n - 1), wide(2, n + 1), b"\0" + wide(p - 2), wide(2)[:-1], b"\2"]
    for value in bad:
        with pytest.raises(Refused) as caught:
            private.shared(value)
        assert caught.value.number == 6
    for y in (2, 3, p - 2, 1 << 8 * n - 9):
        assert private.shared(wide(y)) == wide(pow(y, 7, p))


def test_a_secret_with_leading_zeros_keeps_its_length():
    entry = json.loads((VECTORS / "05_dhhmac_exchange.json").read_text())["exchanges"][4]
    group = dh.group(0)
    a, b = (dh.Private(group, bytes.fromhex(entry[name])) for name in ("xi", "xr"))
    secret = a.shared(b.public())
    assert secret.hex() == entry["TGK(192 octets)"] and secret[0] == 0 and len(secret) == 192
    small = dh.Private(group, b"\1")
    assert small.shared((5).to_bytes(192, "big")) == (5).to_bytes(192, "big")


def test_exponents_have_256_bits_and_are_overwritten():
    drawn = []

    def random(count):
        drawn.append(count)
        return Random()(count)

    octets = dh.fresh_exponent(random)
    assert drawn == [32] and len(octets) == 32
    private = dh.Private(dh.group(0), octets)
    memory = private._exponent._octets
    assert bytes(memory) == octets and octets.hex() not in repr(private) + repr(private._exponent)
    private.public()
    private.wipe()
    assert bytes(memory) == bytes(32)
    with pytest.raises(LocalError):
        private.public()
    with pytest.raises(LocalError):
        private.shared((5).to_bytes(192, "big"))


@pytest.mark.parametrize("broken", [bytes(32), b"\xff" * 32, b"ab" * 16, b"x" * 31, b""])
def test_a_broken_random_source_is_noticed(broken):
    with pytest.raises(LocalError):
        dh.fresh_exponent(lambda count: broken)
    with pytest.raises(LocalError):
        dh.Private(dh.group(0), bytes(32))
