"""What is generated and checked in is what the generators make."""

import gen_tables
import pytest
from umikey_asm import generate


@pytest.mark.parametrize("module", generate.MODULES, ids=lambda module: module.target)
def test_machine_code(module):
    try:
        text = generate.python(module)
    except generate.NoTool as e:
        pytest.skip(str(e))
    assert module.path.read_text() == text, f"run `python -m umikey_asm.generate`: {module.source}"


@pytest.mark.parametrize("shape", gen_tables.SHAPES, ids=lambda shape: shape.name)
def test_tables(shape):
    path = gen_tables.FOLDER / f"oakley5_{shape.name}.py"
    assert path.read_text() == gen_tables.source(shape), "run `python tools/gen_tables.py`"


@pytest.mark.parametrize("shape", gen_tables.SHAPES, ids=lambda shape: shape.name)
def test_the_firmware_knows_the_shape(shape):
    from umikey.tables import shape as known

    data = gen_tables.table(shape)
    assert len(data) == shape.octets
    assert known(data) == (shape.teeth, shape.blocks, shape.columns)
    assert shape.free + shape.columns * shape.teeth * shape.blocks == 256
    assert 1 <= shape.free - shape.columns + 1 <= 11
