"""The conformance page shows every case and every back end, as they are."""

from __future__ import annotations

import matrix
import pytest
import test_port_conformance
from portneeds import reason_to_skip
from portpairs import PLACES, rig_type
from portrigs import HOW, MEANS


def test_the_page_is_what_the_command_writes() -> None:
    text = matrix.PAGE.read_text(encoding="utf-8")
    assert text == matrix.page(), "run make conformance"


def test_every_case_is_on_the_page() -> None:
    listed = {case.__name__ for group in matrix.GROUPS.values() for case in matrix.cases(group)}
    assert listed == {name for name in dir(test_port_conformance.TestPort) if name.startswith("test_")}


@pytest.mark.parametrize("name", PLACES)
def test_no_back_end_skips_what_all_must_do(name: str) -> None:
    """Only what needs a means or a capability may be skipped; no back end lacks more than a third."""
    rig = rig_type(name)
    assert rig.means <= set(MEANS)
    assert {name for name, how in HOW.items() if issubclass(rig, how)} == rig.means & HOW.keys()
    cases = [case for group in matrix.GROUPS.values() for case in matrix.cases(group)]
    skipped = [case for case in cases if reason_to_skip(case, rig) is not None]
    assert all(hasattr(case, "needs") for case in skipped)
    assert len(skipped) * 3 < len(cases)
