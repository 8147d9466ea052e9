"""TDMoE, DAHDI's dynamic spans over Ethernet (EtherType D00D): the header behind the Ethernet addresses.

Behind it come, if flagged, the signalling bits: 16 bits for each four channels, the lowest channel in the
least significant nibble; then the samples, all of one channel before the next channel's.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest

CHANNELS_PER_WORD = 4


class Tdmoe(Record, frozen=True, kw_only=True):
    """One packet of one span."""

    layout: ClassVar[Layout[Tdmoe]]

    subaddress: Annotated[int, Number("1", 2, ws="tdmoe.subaddress")]
    samples: Annotated[int, Bits("3", 8, 1, ws="tdmoe.samples")] = 8
    reserved: Annotated[int, Bits("4", 8, 4)] = 0
    loopback: Annotated[bool, Bits("4", 3, 3)] = False
    signalling: Annotated[bool, Bits("4", 2, 2, ws="tdmoe.sig_bits_present")] = False
    yellow: Annotated[bool, Bits("4", 1, 1, ws="tdmoe.yellowalarm")] = False
    counter: Annotated[int, Number("5", 2, ws="tdmoe.counter")]
    channels: Annotated[int, Number("7", 2, ws="tdmoe.channels")]
    rest: Annotated[bytes, Rest("9")]


Tdmoe.layout = Layout(Tdmoe)
