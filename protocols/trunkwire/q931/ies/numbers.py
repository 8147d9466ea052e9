"""Party numbers (Q.931 4.5.8, 4.5.10; Q.951 for the connected number)."""

from __future__ import annotations

from typing import Annotated

from trunkwire.codec.primitives import Bits, Text
from trunkwire.q931.ies.element import IE, ie
from trunkwire.q931.ies.values import NumberingPlan, NumberType, Presentation, Screening


@ie(0x70, clause="4.5.8", title="called party number")
class CalledNumberIE(IE, frozen=True, kw_only=True):
    """The number that is called, or the next digits of it."""

    kind: Annotated[NumberType | int, Bits("3", 7, 5, ws="q931.number_type")] = NumberType.UNKNOWN
    plan: Annotated[NumberingPlan | int, Bits("3", 4, 1, ws="q931.numbering_plan")] = NumberingPlan.E164
    digits: Annotated[str, Text("4", ws="q931.called_party_number.digits")]


@ie(0x6C, clause="4.5.10", title="calling party number")
class CallingNumberIE(IE, frozen=True, kw_only=True):
    """The number of the caller. Without octet 3a it may be shown and was not screened."""

    kind: Annotated[NumberType | int, Bits("3", 7, 5, ws="q931.number_type")] = NumberType.UNKNOWN
    plan: Annotated[NumberingPlan | int, Bits("3", 4, 1, ws="q931.numbering_plan")] = NumberingPlan.E164
    presentation: Annotated[Presentation | int | None, Bits("3a", 7, 6, ws="q931.presentation_ind")] = None
    screening: Annotated[Screening | int | None, Bits("3a", 2, 1, ws="q931.screening_ind")] = None
    digits: Annotated[str, Text("4", ws="q931.calling_party_number.digits")] = ""


@ie(0x4C, clause="Q.951 5.4.1", title="connected number")
class ConnectedNumberIE(IE, frozen=True, kw_only=True):
    """The number that answered, coded as the calling party number is."""

    kind: Annotated[NumberType | int, Bits("3", 7, 5, ws="q931.number_type")] = NumberType.UNKNOWN
    plan: Annotated[NumberingPlan | int, Bits("3", 4, 1, ws="q931.numbering_plan")] = NumberingPlan.E164
    presentation: Annotated[Presentation | int | None, Bits("3a", 7, 6, ws="q931.presentation_ind")] = None
    screening: Annotated[Screening | int | None, Bits("3a", 2, 1, ws="q931.screening_ind")] = None
    digits: Annotated[str, Text("4", ws="q931.connected_number.digits")] = ""
