"""Operations of North American networks (National ISDN) with object identifiers of ANSI's committee T1.

Names travel there in QSIG's operations; these say that a name follows later, and ask for a transfer. Their
arguments are as libpri sends and reads them.
"""

from __future__ import annotations

from trunkwire.rose.qsig_calls import NAMES
from trunkwire.rose.repertoire import Flavour, Operation, Service, repertoire
from trunkwire.rose.schema import INTEGER, NUMBER, sequence

ARC = "1.2.840.10005."
"""iso, member body, us, ansi-t1."""

NATIONAL_SERVICE = Service(
    "National ISDN",
    (
        Operation(ARC + "0.4", "informationFollowing", NUMBER),
        Operation(ARC + "0.8", "initiateTransfer", sequence(callReference=INTEGER)),
    ),
)
NATIONAL = repertoire(Flavour.NATIONAL, (NATIONAL_SERVICE, NAMES))
