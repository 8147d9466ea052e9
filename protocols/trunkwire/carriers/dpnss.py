"""DPNSS (BTNR 188): the header of its link access frames, and what a message begins with.

Each channel of the line has links of its own on the common signalling channel: real and virtual ones.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Record, Rest


class DpnssFrame(Record, frozen=True, kw_only=True):
    """Address, channel and control octet; `information` is empty in an acknowledgement."""

    layout: ClassVar[Layout[DpnssFrame]]

    group: Annotated[int, Bits("1", 8, 3, ws="dpnss_link.framegroup")]
    cr: Annotated[bool, Bits("1", 2, 2, ws="dpnss_link.crbit")]
    ea_first: Annotated[int, Bits("1", 1, 1, ws="dpnss_link.extension")] = 0
    reserved: Annotated[int, Bits("2", 8, 8)] = 0
    virtual: Annotated[bool, Bits("2", 7, 7, ws="dpnss_link.dlcId")]
    channel: Annotated[int, Bits("2", 6, 2, ws="dpnss_link.dlcIdNr")]
    ea_second: Annotated[int, Bits("2", 1, 1, ws="dpnss_link.extension2")] = 1
    control: Annotated[int, Bits("3", 8, 1, ws="dpnss_link.frameType")]
    information: Annotated[bytes, Rest("4")] = b""


class DpnssMessage(Record, frozen=True, kw_only=True):
    """The message group and type, which tell what follows."""

    layout: ClassVar[Layout[DpnssMessage]]

    group: Annotated[int, Bits("1", 8, 5)]
    type: Annotated[int, Bits("1", 4, 1)]
    rest: Annotated[bytes, Rest("2")] = b""


DpnssFrame.layout = Layout(DpnssFrame)
DpnssMessage.layout = Layout(DpnssMessage)

MESSAGES = {
    (0, 0): "ISRM(C)",
    (0, 1): "ISRM(I)",
    (0, 2): "RM(C)",
    (0, 3): "RM(I)",
    (0, 4): "CS",
    (0, 5): "CCM",
    (0, 6): "NIM",
    (0, 7): "CA",
    (0, 8): "CRM/CIM",
    (0, 9): "NAM",
    (0, 10): "RRM",
    (0, 11): "SSRM(I)",
    (0, 12): "SSRM(C)",
    (2, 2): "EEM(C)",
    (2, 3): "EEM(I)",
    (2, 4): "SCRM",
    (2, 5): "SCIM",
    (2, 6): "ERM(C)",
    (2, 7): "ERM(I)",
    (2, 8): "NSIM",
    (4, 0): "LLM(C)",
    (4, 1): "LLM(I)",
    (4, 2): "LLRM",
    (4, 4): "SM",
    (4, 5): "LMM",
    (4, 6): "LMRM",
}
"""Messages by group (0 call control, 2 end to end, 4 link to link) and type (BTNR 188)."""
