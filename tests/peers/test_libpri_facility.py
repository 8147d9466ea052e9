"""Facilities that libpri sends, by switch type: operations, arguments and whose they are, told by content."""

from __future__ import annotations

from pathlib import Path

import pytest
from peerlib import require_library, run_worker

from trunkwire.rose import Flavour, facility_view

WORKER = Path(__file__).with_name("libpri_facility_worker.py")
SWITCHES = {
    "QSIG": (10, "user"),
    "EUROISDN_E1": (5, "user"),
    "NI2": (1, "user"),
    "NI2 network": (1, "network"),
}
"""libpri's switch types (libpri.h) and the side it is on."""
DIVERTED = "divertingLegInformation2: diverted once, unconditional, by 2345"
SAID: dict[tuple[str, str], list[tuple[Flavour, int | str | None, str]]] = {
    ("QSIG", "setup"): [
        (Flavour.QSIG, 21, DIVERTED),
        (Flavour.QSIG, 0, "callingName: 'Ann Onym'"),
    ],
    ("QSIG", "pri_mwi_activate"): [
        (Flavour.QSIG, 80, "mCMNewMsg (mWIActivate): for 300"),
        (Flavour.QSIG, 0, "callingName: 'Ann'"),
    ],
    ("QSIG", "pri_mwi_deactivate"): [
        (Flavour.QSIG, 81, "mCMNoNewMsg (mWIDeactivate): for 300"),
        (Flavour.QSIG, 0, "callingName: 'Ann'"),
    ],
    ("EUROISDN_E1", "setup"): [(Flavour.ETSI, 15, DIVERTED)],
    # National ISDN sends names as QSIG does, without a network facility extension
    ("NI2", "setup"): [(Flavour.QSIG, 0, "callingName: 'Ann Onym'")],
    ("NI2 network", "setup"): [
        (Flavour.NATIONAL, "1.2.840.10005.0.4", "informationFollowing: 0"),
        (Flavour.QSIG, 0, "callingName: 'Ann Onym'"),
    ],
}
"""What libpri was told to say, as our view of its octets says it: flavour, operation, words."""


@pytest.fixture(scope="module")
def sent() -> dict[str, dict[str, list[str]]]:
    require_library("libpri.so.1.4", "libpri1.4")
    found: dict[str, dict[str, list[str]]] = run_worker(WORKER, {"switches": SWITCHES})
    return found


def test_what_libpri_says_is_what_we_read(sent: dict[str, dict[str, list[str]]]) -> None:
    read = {
        (switch, service): [
            (view.flavour, component.code, view.summary())
            for view in (facility_view(bytes.fromhex(octets)) for octets in contents)
            for component in view.components
        ]
        for switch, services in sent.items()
        for service, contents in services.items()
        if contents
    }
    assert read == SAID


def test_nothing_in_them_is_called_wrong(sent: dict[str, dict[str, list[str]]]) -> None:
    bodies = [octets for services in sent.values() for contents in services.values() for octets in contents]
    assert len(bodies) == sum(map(len, SAID.values()))
    assert [facility_view(bytes.fromhex(octets)).errors for octets in bodies] == [()] * len(bodies)
