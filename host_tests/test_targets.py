"""The runners themselves: each target runs a script in each form, talks in lines, and counts."""

import os
import time

import pytest
from targets import TargetError, mux, romfs
from targets.base import read_some

ON_EMULATORS = pytest.mark.only("qemu-m3", "qemu-m0", "qemu-rv32")

PROBE = """
def answer():
    return 6 * 7
"""

COUNT = """
import _counter, gc
def work(n):
    for _ in range(n):
        pass
def measure(n):
    gc.collect()
    _counter.start()
    work(n)
    return _counter.stop()
measure(10)
print(*[measure(1000) for _ in range(10)])
print(measure(2000) - measure(1000), measure(3000) - measure(2000))
"""

# One turn of either loop is two instructions.
LOOP = {
    "qemu-m3": """
@micropython.asm_thumb
def loop(r0):
    label(L)
    sub(r0, r0, 1)
    bne(L)
""",
    "qemu-rv32": """
@micropython.asm_rv32
def loop(a0):
    label(L)
    addi(a0, a0, -1)
    bne(a0, zero, L)
""",
}

COUNT_LOOP = """
import _counter
def measure(n):
    _counter.start()
    loop(n)
    return _counter.stop()
measure(1)
print(*[measure(n) - measure(1) for n in (2, 101, 1000001)])
"""

# Collects one SLIP frame and sends it back.
ECHO = """
import _uart
uart = _uart.open()
one = bytearray(1)
frame = bytearray()
print("ready")
ends = 0
while ends < 2:
    if uart.readinto(one):
        frame.append(one[0])
        ends += one[0] == 0xc0
uart.write(frame)
print("done")
"""

FRAME = b"\xc0" + bytes(i for i in range(256) if i != 0xC0) * 4 + b"\xc0"


@pytest.fixture
def probe(tmp_path):
    path = tmp_path / "probe.py"
    path.write_text(PROBE)
    return path


@pytest.mark.every_load
def test_hello(target, load, probe):
    with target.session(load=load, files={"probe": probe}) as s:
        code = "import probe, umikey.errors\nprint(probe.answer(), umikey.errors.__name__)"
        assert s.run(code).check() == "42 umikey.errors\n"


def test_where_umikey_comes_from(target, load):
    ask = "import umikey.errors as e\nprint(e.__file__)"
    with target.session(load=load) as s:
        where = s.run(ask).check().strip()
    if target.name != "cpython" and load == "frozen":
        assert where == "umikey/errors.py"
    else:
        assert where.endswith("/umikey/errors.mpy" if load == "mpy" else "/umikey/errors.py")


def test_every_run_is_fresh(target):
    with target.session() as s:
        s.run("import umikey.errors as e\ne.mark = 1\nx = 1").check()
        again = "import umikey.errors as e\nprint(hasattr(e, 'mark'), 'x' in globals())"
        assert s.run(again).check() == "False False\n"


def test_an_exception_is_told(target):
    with target.session() as s:
        result = s.run("print('before')\nraise ValueError('boom')")
        assert result.stdout == "before\n"
        assert "ValueError: boom" in result.error
        assert "SyntaxError" in s.run("1 +\n").error
        assert s.run("print('after')").check() == "after\n"


def test_a_large_script(target):
    with target.session() as s:
        code = "".join(f"x{i % 7} = {i}\n" for i in range(2000)) + "print(x0)"
        assert s.run(code).check() == f"{1995}\n"


def test_lines(target):
    talk = """
import sys
while True:
    line = sys.stdin.readline().strip()
    if line == "end":
        break
    print("got", line)
print("bye")
"""
    with target.session() as s:
        for _ in range(2):
            s.start(talk)
            s.send_line("one")
            assert s.read_line() == "got one"
            s.send_line("two")
            assert s.read_line() == "got two"
            s.send_line("end")
            assert s.finish().check() == "bye\n"
            assert s.read_line() is None


def test_a_script_that_does_not_end(target):
    with target.session() as s:
        with pytest.raises(TimeoutError, match="here"):
            s.run("print('here')\nwhile True: pass", timeout=1)
        assert s.run("print('again')").check() == "again\n"


@pytest.mark.parametrize("counting", [False, True], ids=["plain", "icount"])
def test_uart(target, counting):
    with target.session(uart=True, icount=counting or None) as s:
        s.start(ECHO)
        assert s.read_line() == "ready"
        os.write(s.uart_fd, FRAME)
        assert _receive(s.uart_fd) == FRAME
        assert s.finish().check() == "done\n"


def test_uart_as_a_device(target):
    with target.session(uart=True) as s:
        s.start(ECHO)
        assert s.read_line() == "ready"
        fd = os.open(s.uart_path, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, FRAME)
        assert _receive(fd) == FRAME
        os.close(fd)
        assert s.finish().check() == "done\n"


def _receive(fd):
    got = b""
    while len(got) < len(FRAME):
        got += read_some(fd, time.monotonic() + 10)
    return got


@ON_EMULATORS
def test_instruction_counts_repeat(target):
    outputs = set()
    for _ in range(2):
        with target.session(icount=True) as s:
            outputs.add(s.run(COUNT).check())
    (output,) = outputs
    runs, steps = output.splitlines()
    assert len(set(runs.split())) == 1
    assert len(set(steps.split())) == 1


@pytest.mark.only(*LOOP)
def test_instruction_counts_are_right(target):
    with target.session(icount=True) as s:
        assert s.run(LOOP[target.name] + COUNT_LOOP).check() == "2 200 2000000\n"


@ON_EMULATORS
def test_counting_allocates_nothing(target):
    code = """
import _counter, micropython
n = 0
micropython.heap_lock()
_counter.start()
n = _counter.stop()
micropython.heap_unlock()
print(abs(n) < 100)
"""
    with target.session(icount=True) as s:
        assert s.run(code).check() == "True\n"


@pytest.mark.only("unix", "qemu-m3", "qemu-m0", "qemu-rv32")
def test_heap(target):
    code = "import gc\nprint(gc.mem_alloc() + gc.mem_free())"
    with target.session(heap=64 * 1024) as s:
        assert 60 * 1024 < int(s.run(code).check()) <= 64 * 1024


def test_what_cannot_be_compiled_is_named(target):
    with target.session(load="mpy") as s:
        names = [path.rsplit("/", 1)[1] for path in s.left_out]
        assert all(name.startswith(("_asm_", "_")) for name in names)
        if target.name == "qemu-m0":
            assert all(name.startswith("_asm_") or name.endswith("_viper.py") for name in names)


def test_a_broken_file_is_an_error(target, tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("def :\n")
    with pytest.raises(TargetError, match="bad.py"):
        target.session(load="mpy", files={"bad": bad})


def test_text_and_frames_part():
    data = b"one\xc0\xc0ab\x04\xc0two\xc0c\xc0"
    for size in (1, 2, 3, 100):
        split = mux.Split()
        parts = [split.feed(data[i : i + size]) for i in range(0, len(data), size)]
        assert b"".join(text for text, _ in parts) == b"onetwo"
        assert b"".join(frames for _, frames in parts) == b"\xc0ab\x04\xc0\xc0c\xc0"


def test_rom_image_is_even_and_nests():
    image = romfs.image({"a.py": b"x", "p/q/b.py": b"y" * 300})
    assert image.startswith(romfs.MAGIC)
    assert len(image) % 2 == 0
    assert b"b.py" in image and b"y" * 300 in image
