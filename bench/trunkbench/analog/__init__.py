"""Analog lines on the software loopback: loop-start signalling (`trunkwire.loopstart`) beside real audio.

A `LinePlant` has a pair for every line of the exchange: a circuit at the near end, a set at the far end. What
is said on a line (tones, digits, the caller's number, voices) is sound on a slot of a `Wire`; what is done to
the pair crosses beside it.
"""

from trunkbench.analog.circuit import CircuitEnd
from trunkbench.analog.plant import AnalogLine, LinePlant
from trunkbench.analog.station import StationEnd

__all__ = ["AnalogLine", "CircuitEnd", "LinePlant", "StationEnd"]
