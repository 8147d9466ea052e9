"""Our LAPD talks with libosmoabis, an independent Q.921, in virtual time, on either side of the link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from peerlib import record_result, require_library, run_worker

WORKER = Path(__file__).parent / "osmo_lapd_worker.py"
SIDES = ["user", "network"]


@pytest.fixture(autouse=True)
def _libraries() -> None:
    require_library("libosmocore.so.19", "libosmocore19")
    require_library("libosmoabis.so.10", "libosmoabis10")


def converse(side: str, scenario: str) -> dict[str, Any]:
    result: dict[str, Any] = run_worker(WORKER, {"side": side, "scenario": scenario})
    assert result["up"]
    # The user side establishes: SABME P from it, UA F from the network, both with their C/R bits.
    assert [frame for _, frame in result["first"]] == ["00017f", "000173"]
    assert result["first"][0][0] == ("ours" if side == "user" else "theirs")
    record_result(f"osmoabis-lapd-{scenario}-{side}", {"peer": "libosmoabis", "scenario": scenario} | result)
    return result


def numbered(count: int, text: bytes) -> list[str]:
    return [(number.to_bytes(2, "big") + text).hex() for number in range(count)]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("scenario", "count"), [("exchange", 300), ("loss", 100)])
def test_everything_arrives_once_and_in_order(side: str, scenario: str, count: int) -> None:
    result = converse(side, scenario)
    assert result["theirs_got"] == numbered(count, b"from us")
    assert result["ours_got"] == numbered(count, b"from them")
    assert (result["state"], result["audit"], len(result["notices"])) == (7, [], 1)
    assert (result["retransmissions"] > 0) is (scenario == "loss")


@pytest.mark.parametrize("side", SIDES)
def test_heavy_loss_resets_the_link_and_both_ends_say_so(side: str) -> None:
    result = converse(side, "heavy_loss")
    for got, text in ((result["theirs_got"], b"from us"), (result["ours_got"], b"from them")):
        assert got == [data for data in numbered(100, text) if data in got]
    assert (result["state"], result["audit"]) == (7, [])
    assert "Established(by_peer=True, reset=True)" in result["notices"]
    assert "establish indication" in result["primitives"]


@pytest.mark.parametrize("side", SIDES)
def test_they_hold_their_data_while_we_are_busy(side: str) -> None:
    result = converse(side, "busy")
    assert "while busy: 0" in result["notices"]
    assert (result["state"], result["audit"]) == (7, [])


@pytest.mark.parametrize("side", SIDES)
def test_both_ends_give_up_in_an_outage_and_come_back(side: str) -> None:
    result = converse(side, "outage")
    assert "state 4" in result["notices"]
    assert [notice for notice in result["notices"] if notice.startswith("Error")] == [
        "Error(code=<ErrorCode.I: 'I'>, state=<State.TIMER_RECOVERY: 80>)",
        "Error(code=<ErrorCode.G: 'G'>, state=<State.AWAITING_REESTABLISHMENT: 51>)",
    ]
    assert result["ours_got"] == result["theirs_got"] == [b"again".hex()]
    assert (result["state"], result["audit"]) == (7, [])


@pytest.mark.parametrize("side", SIDES)
def test_release_by_us_is_acknowledged(side: str) -> None:
    result = converse(side, "release_by_us")
    assert (result["state"], result["audit"]) == (4, [])
    assert "Released(requested=True, by_peer=False)" in result["notices"]
    assert "release indication" in result["primitives"]
    disc, ua = ("000153", "000173") if side == "user" else ("020153", "020173")
    assert result["last"] == [["ours", disc], ["theirs", ua]]


@pytest.mark.parametrize("side", SIDES)
def test_sabme_from_both_sides_at_once(side: str) -> None:
    result = converse(side, "collision")
    assert result["ours_got"] == result["theirs_got"] == [b"after".hex()]
    assert (result["state"], result["audit"]) == (7, [])
