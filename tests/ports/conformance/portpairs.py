"""The rigs there are, by name."""

from __future__ import annotations

import importlib

from portrigs import Rig

PLACES = {
    "loopback": ("portrigs", "LoopbackRig"),
    "loopback-bits": ("portrigs", "BitsRig"),
    "e1d": ("portrig_e1d", "E1dRig"),
    "e1d-server": ("portrig_e1d", "E1dServerRig"),
    "serial": ("portrig_serial", "SerialRig"),
    "dahdi": ("portrig_dahdi", "DahdiRig"),
}
"""Name -> (module, class); imported when it is wanted."""


def rig_type(name: str) -> type[Rig]:
    """The rig of that name."""
    module, kind = PLACES[name]
    found: type[Rig] = getattr(importlib.import_module(module), kind)
    assert found.name == name
    return found
