"""Facility elements of a message, with the components that are in them (Q.932 8.2.2, 8.2.3).

The tables of operations are large; they are imported where a facility is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkwire.q931.view import ElementView
    from trunkwire.rose import FacilityView

FACILITIES = frozenset({"FacilityIE", "ExtendedFacilityIE"})
"""Names of the classes of elements that carry components."""


def facility_of(element: ElementView) -> FacilityView:
    """The components of a facility element; their offsets count octets of the message."""
    from trunkwire.rose import facility_view

    return facility_view(element.octets[2:], element.offset + 2)
