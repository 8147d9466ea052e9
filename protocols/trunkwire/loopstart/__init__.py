"""Loop-start signalling of an analog line: the exchange's line circuit and the customer's set.

A pair of wires says little: the exchange feeds and rings it, opens the feed for a moment when the other party
has gone, and reverses it when an outgoing call is answered; the set closes or opens the loop. Everything else
is sound: tones, digits (DTMF), and the caller's number (`trunkwire.callerid`). The terminology follows ETSI
ES 201 970; feed open intervals and ring trip are those of Telcordia GR-506-CORE.
"""

from trunkwire.loopstart.circuit import CircuitReport, CircuitState, LineCircuit
from trunkwire.loopstart.line import LoopMisuse, LoopSettings, LoopState, Pair
from trunkwire.loopstart.station import Station, StationReport, StationState

__all__ = [
    "CircuitReport",
    "CircuitState",
    "LineCircuit",
    "LoopMisuse",
    "LoopSettings",
    "LoopState",
    "Pair",
    "Station",
    "StationReport",
    "StationState",
]
