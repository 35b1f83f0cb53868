"""docs/state.md shows the table that the engines go by."""

import pytest
from umikey_dev import state_diagram


def test_it_is_current():
    assert state_diagram.PAGE.read_text() == state_diagram.page(state_diagram.SOURCE.read_text()), (
        "run: PYTHONPATH=tools python -m umikey_dev.state_diagram"
    )


def test_every_state_can_be_reached_and_named():
    head, *rows = state_diagram.table(state_diagram.SOURCE.read_text())
    states = {row[0] for row in rows}
    assert {to for row in rows for to in row[1:] if to} <= states
    assert len(states) == len(rows) and len(set(head)) == len(head)


def test_another_table_is_noticed():
    other = state_diagram.SOURCE.read_text().replace('"deaf", ', '"mute", ')
    assert state_diagram.page(other) != state_diagram.PAGE.read_text()
    with pytest.raises(ValueError):
        state_diagram.page("")
