"""Conversations about the service of channels: SERVICE and SERVICE ACKNOWLEDGE, of both protocols."""

from __future__ import annotations

from q931_talk import Conversation

from trunkwire.q931.maintenance import Maintenance
from trunkwire.side import Side

_OUT = "out-of-service-here"
_FAR = "out-of-service-at-the-far-end"
_LOW = "in-maintenance-at-the-far-end"
_ASKED = f"do service 3 status=2 => SERVICE(OUT_OF_SERVICE,ch3) | 3:REQUESTED T_SERVICE 3:{_OUT}"
_TAKEN = "get SERVICE ch=3! status=2 => SERVICE_ACKNOWLEDGE(OUT_OF_SERVICE,ch3) [service:OUT_OF_SERVICE:3]"
_WAITS: dict[str, object] = {"auto_service": False}


Written = tuple[str, tuple[str, ...], dict[str, object]]


def _talk(name: str, *lines: str, **settings: object) -> Written:
    return name, lines, settings


TALKS: tuple[Written, ...] = (
    _talk(
        "out of service and back",
        _ASKED,
        f"get SERVICE_ACKNOWLEDGE ch=3! status=2 => [service-changed:OUT_OF_SERVICE:3] | 3:{_OUT}",
        f"do service 3 status=0 => SERVICE(IN_SERVICE,ch3) | 3:REQUESTED T_SERVICE 3:{_OUT}",
        "get SERVICE_ACKNOWLEDGE ch=3! status=0 => [service-changed:IN_SERVICE:3] |",
    ),
    _talk(
        "two channels in maintenance",
        "do service 3,4 status=1 => SERVICE(MAINTENANCE,ch3) SERVICE(MAINTENANCE,ch4) "
        f"| 3:REQUESTED T_SERVICE 4:REQUESTED T_SERVICE 3:{_OUT} 4:{_OUT}",
        "get SERVICE_ACKNOWLEDGE ch=4! status=1 => [service-changed:MAINTENANCE:4] "
        f"| 3:REQUESTED T_SERVICE 3:{_OUT} 4:{_OUT}",
    ),
    _talk(
        "nobody answers",
        _ASKED,
        f"wait T_SERVICE => SERVICE(OUT_OF_SERVICE,ch3) | 3:REQUESTED T_SERVICE 3:{_OUT}",
        f"wait T_SERVICE => [service-failed:OUT_OF_SERVICE:3] | 3:{_OUT}",
    ),
    _talk(
        "nobody lets it back",
        f"do service all status=2 => SERVICE(OUT_OF_SERVICE) | all:REQUESTED T_SERVICE 1:{_OUT} 2:{_OUT}",
        f"get SERVICE_ACKNOWLEDGE status=2 => [service-changed:OUT_OF_SERVICE:1+2] | 1:{_OUT} 2:{_OUT}",
        f"do service all status=0 => SERVICE(IN_SERVICE) | all:REQUESTED T_SERVICE 1:{_OUT} 2:{_OUT}",
        f"wait T_SERVICE => SERVICE(IN_SERVICE) | all:REQUESTED T_SERVICE 1:{_OUT} 2:{_OUT}",
        f"wait T_SERVICE => [service-failed:IN_SERVICE:1+2] | 1:{_OUT} 2:{_OUT}",
        channels=(1, 2),
    ),
    _talk(
        "the peer keeps it out of service",
        "do service 3 status=0 => SERVICE(IN_SERVICE,ch3) | 3:REQUESTED T_SERVICE",
        f"get SERVICE_ACKNOWLEDGE ch=3! status=2 => [service-changed:IN_SERVICE:3] | 3:{_FAR}",
    ),
    _talk("the peer takes it out", f"{_TAKEN} | 3:{_FAR}"),
    _talk(
        "the peer takes it out and puts it back",
        f"{_TAKEN} | 3:{_FAR}",
        "get SERVICE ch=3! status=0 => SERVICE_ACKNOWLEDGE(IN_SERVICE,ch3) [service:IN_SERVICE:3] |",
    ),
    _talk(
        "the peer takes out channels and the interface",
        "get SERVICE ch=1,2! status=1 => SERVICE_ACKNOWLEDGE(MAINTENANCE,ch1) [service:MAINTENANCE:1] "
        f"SERVICE_ACKNOWLEDGE(MAINTENANCE,ch2) [service:MAINTENANCE:2] | 1:{_LOW} 2:{_LOW}",
        "get SERVICE status=2 => SERVICE_ACKNOWLEDGE(OUT_OF_SERVICE) [service:OUT_OF_SERVICE:1+2] "
        f"| 1:{_FAR} 2:{_FAR}",
        channels=(1, 2),
    ),
    _talk(
        "the user of the machine is asked",
        f"get SERVICE ch=3! status=2 => [service:OUT_OF_SERVICE:3] | 3:INDICATED 3:{_FAR}",
        f"get SERVICE ch=3! status=1 => [service:MAINTENANCE:3] | 3:INDICATED 3:{_LOW}",
        f"do confirm_service 3 => SERVICE_ACKNOWLEDGE(MAINTENANCE,ch3) | 3:{_LOW}",
        **_WAITS,
    ),
    _talk(
        "both at once",
        _ASKED,
        f"{_TAKEN} | 3:REQUESTED T_SERVICE 3:{_OUT}",
        f"get SERVICE_ACKNOWLEDGE ch=3! status=2 => [service-changed:OUT_OF_SERVICE:3] | 3:{_OUT}",
        f"do service 3 status=0 => SERVICE(IN_SERVICE,ch3) | 3:REQUESTED T_SERVICE 3:{_OUT}",
        f"get SERVICE_ACKNOWLEDGE ch=3! status=0 => [service-changed:IN_SERVICE:3] | 3:{_FAR}",
    ),
    _talk(
        "SETUP on a channel that is out of service",
        _ASKED,
        "get SETUP ch=3! => RELEASE_COMPLETE(ref=7f,44) [refused:44-local] "
        f"| %0 3:REQUESTED T_SERVICE 3:{_OUT}",
    ),
    _talk(
        "SETUP on a channel that the far end has in maintenance",
        "get SERVICE ch=3! status=1 => SERVICE_ACKNOWLEDGE(MAINTENANCE,ch3) [service:MAINTENANCE:3] "
        f"| 3:{_LOW}",
        "get SETUP ch=3! => [setup] | %1 ch3",
        f"get RELEASE_COMPLETE cause=16 => [released:16-remote] | %0 3:{_LOW}",
    ),
    _talk(
        "a call goes on until it ends",
        "get SETUP ch=3! => [setup] | %1 ch3",
        f"{_TAKEN} | %1 ch3",
        f"get RELEASE_COMPLETE cause=16 => [released:16-remote] | %0 3:{_FAR}",
    ),
)
"""%0 is the null state of the side, %1 that of a call that has come."""


def _of(side: Side, kind: Maintenance) -> list[Conversation]:
    null, present = ("U0", "U6") if side is Side.USER else ("N0", "N1")
    return [
        Conversation(
            f"{name} ({kind.name})",
            side,
            tuple(line.replace("%0", null).replace("%1", present) for line in lines),
            {"maintenance": kind, **settings},
        )
        for name, lines, settings in TALKS
    ]


CONVERSATIONS = [conversation for side in Side for kind in Maintenance for conversation in _of(side, kind)]
"""All of them."""
