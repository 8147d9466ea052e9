"""What SCTP, TCP, UDP and TDMoE carry of D channels: one instance for each interface of a capture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from trunkbench.trace.inputs.iuamessages import IuaMessages
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.pseudowires import Pseudowires
from trunkbench.trace.inputs.sctpflows import Associations
from trunkbench.trace.inputs.tcpflows import Connections, Ends
from trunkbench.trace.inputs.tdmoespans import TdmoeSpans
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkwire.carriers.internet import UdpHeader

if TYPE_CHECKING:
    from trunkbench.trace.inputs.network import Told
    from trunkbench.trace.inputs.opening import Trace

_SCTP_OVER_UDP = 9899
"""RFC 6951."""
_UDP_HEADER = 8
_NAMES = {
    53: "DNS",
    67: "DHCP",
    68: "DHCP",
    123: "NTP",
    161: "SNMP",
    514: "syslog",
    1719: "H.225.0 RAS",
    5060: "SIP",
}


class Upper:
    """The state of all flows of one interface."""

    def __init__(self, options: InputOptions, trace: Trace) -> None:
        self._associations = Associations()
        self._iua = IuaMessages()
        self._connections = Connections()
        self._pseudowires = Pseudowires(options, trace)
        self._tdmoe = TdmoeSpans(options, trace)

    def sctp(self, body: bytes, ends: tuple[str, str], told: Told) -> Iterator[Item | str]:
        """IUA messages, and the other chunks by name."""
        for found in self._associations.take(body, *ends):
            if isinstance(found, str):
                yield found
            else:
                yield self._iua.take(found, told.number, told.at_ns, told.offset)

    def tcp(self, body: bytes, ends: tuple[str, str], told: Told) -> Iterator[Item | str]:
        """H.323's Q.931 messages."""
        flow, found = self._connections.take(body, *ends)
        for one in found:
            if isinstance(one, str) or flow is None:
                yield str(one)
            else:
                yield self._message(one, flow, told)

    def _message(self, data: bytes, flow: Ends, told: Told) -> FrameRecord:
        direction = told.direction
        forward = self._connections.from_caller(flow)
        if direction is Direction.UNKNOWN and forward is not None:
            direction = Direction.OUT if forward else Direction.IN
        near, far = sorted(flow) if forward is None else flow if forward else flow[::-1]
        span = f"{_end(near)} to {_end(far)}"
        return FrameRecord(
            told.at_ns, direction, data, span, number=told.number, offset=told.offset, layer=Layer.Q931
        )

    def udp(self, body: bytes, ends: tuple[str, str], told: Told) -> Iterable[Item | str]:
        """Pseudowires; SCTP within UDP."""
        header = UdpHeader.layout.reader(body)
        # A length of 0 is a jumbogram's (RFC 2675 4); octets behind the length are none of its own.
        payload = body[_UDP_HEADER : header.length or len(body)]
        ports = (header.source, header.destination)
        if _SCTP_OVER_UDP in ports:
            return self.sctp(payload, ends, told)
        near, far = (_end(end) for end in zip(ends, ports, strict=True))
        found = self._pseudowires.take(payload, (near, far), told, ports)
        if found is not None:
            return found
        name = next((_NAMES[port] for port in ports if port in _NAMES), f"ports {ports[0]} to {ports[1]}")
        return (f"UDP, {name}",)

    def emulated(self, payload: bytes, name: str, told: Told) -> Iterable[Item | str]:
        """A pseudowire of one way that MPLS or MEF 8 gives a name; its way back has another."""
        return self._pseudowires.take(payload, (name, ""), told) or (name,)

    def tdmoe(self, payload: bytes, told: Told, source: int) -> Iterable[Item | str]:
        """DAHDI's dynamic spans."""
        return self._tdmoe.take(payload, told, source)

    def finish(self) -> Iterable[Item]:
        """What is still held back at the end of the capture."""
        yield from self._pseudowires.finish()
        yield from self._tdmoe.finish()


def _end(address: tuple[str, int]) -> str:
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"{host}:{address[1]}"
