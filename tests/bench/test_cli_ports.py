"""`trunkbench ports`: every back end, its ports with what they can do, and the reason where there is none."""

from __future__ import annotations

import fcntl
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from trunkbench.cli import main
from trunkbench.errors import PortError
from trunkbench.lock import lock_path
from trunkbench.ports import registry


def install(monkeypatch: pytest.MonkeyPatch, **back_ends: Sequence[tuple[str, str]] | Exception) -> None:
    """These back ends, and no others; an exception is what listing ends in."""
    modules = {}
    for name, listed in back_ends.items():
        module = ModuleType(f"back_end_{name}")

        def list_ports(listed: Sequence[tuple[str, str]] | Exception = listed) -> Sequence[tuple[str, str]]:
            if isinstance(listed, Exception):
                raise listed
            return listed

        module.list_ports = list_ports  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        modules[name] = module.__name__
    monkeypatch.setattr(registry, "BACK_ENDS", modules)


@pytest.fixture(autouse=True)
def _locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRUNKBENCH_LOCK_DIR", str(tmp_path))


def ports(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    assert main(["ports", *options]) == 0
    return capsys.readouterr().out.splitlines()


def test_what_there_is_and_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(
        monkeypatch,
        dahdi=[("1", "span 1, 31 channels"), ("2", "span 2")],
        e1d=[],
        serial=[("serial:/dev/ttyS0", "n/a, n/a"), ("serial:/dev/ttyACM0", "E1 card, USB")],
        broken=PortError("broken: no permission; join the group"),
        missing=ImportError("No module named 'serial'"),
    )
    assert ports(capsys) == [
        "  loopback             software wire: 31 timeslots (frames, octets), 8 line faults, exact time",
        "  dahdi:1              span 1, 31 channels",
        "  dahdi:2              span 2",
        "– e1d                  nobody at osmo-e1d's control socket: start osmo-e1d, or trunkbench e1d-serve",
        "  serial:/dev/ttyS0    a device that says nothing of itself; opening it shows whether it is a card",
        "  serial:/dev/ttyACM0  E1 card, USB",
        "– broken               broken: no permission; join the group",
        "– missing              not usable here: No module named 'serial'",
    ]


def test_a_port_in_use_says_by_whom(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, dahdi=[("1", "span 1"), ("2", "span 2")])
    lock_path("dahdi:1").write_text("process 4711\n")
    lock_path("dahdi:2").write_text("process 4712\n")  # has ended
    with lock_path("dahdi:1").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert ports(capsys)[1:] == ["  dahdi:1   span 1; in use by process 4711", "  dahdi:2   span 2"]


def test_json_is_one_object_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, dahdi=[("1", "span 1")], e1d=OSError(13, "Permission denied", "/run/e1d"))
    loopback, dahdi, e1d = (json.loads(line) for line in ports(capsys, "--json"))
    assert loopback["port"] == "loopback"
    assert dahdi == {"back_end": "dahdi", "port": "dahdi:1", "what": "span 1", "in_use": ""}
    assert (e1d["port"], e1d["what"]) == (None, "[Errno 13] Permission denied: '/run/e1d'")


def test_the_real_back_ends_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    lines = ports(capsys)
    assert all(any(name in line for line in lines) for name in ("loopback", *registry.BACK_ENDS))
