"""Supplementary services in Facility elements: components of ROSE, operations by name (Q.932).

`facility_view` is all that a decoder needs. The tables of operations are large; import this package where a
Facility is met, not before.
"""

from __future__ import annotations

from trunkwire.rose.components import Component, Kind
from trunkwire.rose.facility import FacilityView, Profile, facility_view
from trunkwire.rose.repertoire import Flavour
from trunkwire.rose.schema import Argument
from trunkwire.rose.words import Fact, facts

__all__ = [
    "Argument",
    "Component",
    "FacilityView",
    "Fact",
    "Flavour",
    "Kind",
    "Profile",
    "facility_view",
    "facts",
]
