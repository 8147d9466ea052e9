"""The element tables of clause 3.1, held against a second writing of them.

A letter after the identifier says which side must send the element (M either, N the network), or which alone
may (n the network, u the user); a number says how often it may stand, where that is not once.
"""

from __future__ import annotations

import pytest

from trunkwire.q931.messages import TABLES, MessageType, Row
from trunkwire.side import Side

EVERYWHERE = "0d*99 1c*99 28n"
CLAUSE_3_1 = {
    MessageType.ALERTING: "04 18 1e*2 27 34 4c 76 7d 7e",
    MessageType.CALL_PROCEEDING: "04 18 1e*2 27 7d",
    MessageType.CONNECT: "04 18 1e*2 27 29n 34 4c 4d 7c 7d 7e",
    MessageType.CONNECT_ACKNOWLEDGE: "34n",
    MessageType.DISCONNECT: "08M*2 1e*2 27 34n 7e",
    MessageType.INFORMATION: "08n 2c 32n 34n 38u 39n 70 a1",
    MessageType.NOTIFY: "04 27M*9 76",
    MessageType.PROGRESS: "04 08 1eM*2 27 7d 7e",
    MessageType.RELEASE: "08*2 34n 7e",
    MessageType.RELEASE_COMPLETE: "08*2 34n 7e",
    MessageType.SETUP: (
        "04M*2 18N 1e*2 20*4 27*2 29n 2c 34n 40 42 43 44 45 46 47 4a 6c 6d 70 71 74 78u*4 7c*2 7d*2 7e a1 d0"
    ),
    MessageType.SETUP_ACKNOWLEDGE: "18 1e*2 34n",
    MessageType.STATUS: "08M 14M",
    MessageType.STATUS_ENQUIRY: "",
    MessageType.RESTART: "18 79M",
    MessageType.RESTART_ACKNOWLEDGE: "18 79M",
}


def spelled(identifier: int, row: Row) -> str:
    """A row of ours in the spelling above."""
    both = frozenset(Side)
    must = {both: "M", frozenset({Side.NETWORK}): "N", frozenset(): ""}[row.mandatory_from]
    may = {both: "", frozenset({Side.NETWORK}): "n", frozenset({Side.USER}): "u"}[row.sent_by]
    return f"{identifier:02x}{must}{may}" + (f"*{row.most}" if row.most != 1 else "")


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: MessageType(kind).name)
def test_a_table_is_what_the_clause_lists(kind: int) -> None:
    expected = sorted(f"{EVERYWHERE} {CLAUSE_3_1[MessageType(kind)]}".split())
    assert sorted(spelled(identifier, row) for identifier, row in TABLES[kind].items()) == expected
