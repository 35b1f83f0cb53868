"""The whole test framework of the device tests: says what fails, and counts at the end."""

_n = [0, 0, 0]  # passed, failed, skipped


def eq(name, got, want):
    if got == want:
        _n[0] += 1
    else:
        _n[1] += 1
        print("FAIL", name, "got", _show(got), "want", _show(want))


def _show(v):
    if isinstance(v, (bytes, bytearray)):
        return "".join("%02x" % b for b in v)
    return repr(v)


def ok(name, cond):
    eq(name, bool(cond), True)


def skip(name, reason):
    _n[2] += 1
    print("skip", name + ":", reason)


def raises(name, exc, fn, *args):
    """fn(*args) must raise exc; returns the exception."""
    try:
        fn(*args)
    except exc as e:
        _n[0] += 1
        return e
    except Exception as e:
        _n[1] += 1
        print("FAIL", name, "raised", type(e).__name__, e)
        return None
    _n[1] += 1
    print("FAIL", name, "did not raise", exc.__name__)
    return None


def done():
    print("%d passed, %d failed, %d skipped" % tuple(_n))
