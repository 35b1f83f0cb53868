"""docs/tables.md and its plot follow from what was recorded; a manifest's table is the one kept."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from umikey_dev import BOARDS, figures, frozen, tables_report
from umikey_dev.source import tree

RECORD = json.loads(tables_report.RECORD.read_text())
SIZES = ["0", "1536", "3072", "6144", "12096", "24000"]


def test_every_size_was_measured():
    assert list(RECORD["asm"]) == list(RECORD["int"]) == SIZES
    for rung in ("asm", "int"):
        counts = list(RECORD[rung].values())
        assert counts == sorted(counts, reverse=True)


def test_every_table_of_p256_was_measured():
    for op in ("kG", "sign"):
        for rung in ("asm", "int"):
            costs = RECORD["p256"][f"{op} {rung}"]
            assert list(costs) == ["0", "4096", "8192"]
            assert list(costs.values()) == sorted(costs.values(), reverse=True)
    assert list(RECORD["p256"]["verify int"]) == ["0", "4096"]


def test_page_and_plot_follow_from_the_record():
    page = tables_report.PAGE.read_text()
    again = figures.fill(page, "tables", tables_report.table(RECORD))
    again = figures.fill(again, "m0", tables_report.smallest(RECORD))
    assert figures.fill(again, "p256", tables_report.curve(RECORD)) == page
    assert f"{RECORD['asm']['6144']:,}" in page
    assert tables_report.PLOT.read_text() == tables_report.svg(RECORD)


def test_plot_is_one():
    root = ET.fromstring(tables_report.PLOT.read_text())
    texts = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"table in flash, KB", "million instructions", "built-in pow"} <= set(texts)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 2 * len(SIZES)
    style = next(root.iter("{http://www.w3.org/2000/svg}style")).text
    assert "prefers-color-scheme:dark" in style


def frozen_with(options):
    reader = frozen._reader(tree(quiet=True))
    found = reader.ManifestFile(reader.MODE_FREEZE, {"MPY_LIB_DIR": ""})
    found.execute(f"include({str(BOARDS / 'umikey.py')!r}, native='thumb2'{options})\n")
    names = [f.target_path for f in found.files()]
    assert "umikey/crypto/dh.py" in names
    return [m[1] for n in names if (m := re.fullmatch(r"umikey/tables/oakley5_(\w+)\.py", n))]


@pytest.mark.parametrize("name", ("1k5", "3k", "6k", "12k", "24k"))
def test_a_manifest_picks_one_table(name):
    assert frozen_with(f", table={name!r}") == [name]


def test_a_manifest_picks_none_or_all():
    assert frozen_with(", table='none'") == []
    assert len(frozen_with("")) == len(frozen_with(", table='all'")) == 5
