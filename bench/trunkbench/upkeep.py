"""What an exchange asks of the channels of its trunk: RESTART (Q.931 5.5), and service as North America has
it.

SERVICE and SERVICE ACKNOWLEDGE take channels out of use without ending the calls on them (AT&T TR 41459,
National ISDN); EuroISDN has nothing of the kind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from trunkbench.errors import NotOnThisBench, UsageError
from trunkwire.q931.ies import ChannelStatus

if TYPE_CHECKING:
    from trunkbench.span import SpanEnd
    from trunkwire.ticks import Tick

Service = Literal["in-service", "maintenance", "out-of-service"]

STATUS: dict[str, ChannelStatus] = {
    "in-service": ChannelStatus.IN_SERVICE,
    "maintenance": ChannelStatus.MAINTENANCE,
    "out-of-service": ChannelStatus.OUT_OF_SERVICE,
}
"""The statuses of a channel as they cross the D channel."""


class Upkeep(ABC):
    """The part of an exchange that looks after the channels of its spans."""

    spans: tuple[SpanEnd, ...]

    @property
    @abstractmethod
    def now(self) -> Tick:
        """The tick now, on the pump's axis."""

    @abstractmethod
    def _own(self) -> None:
        """Raise NotOnThisBench unless this end has a trunk of its own."""

    def restart(self, channels: Sequence[int] | None = None, *, span: int = 0) -> None:
        """RESTART these channels of a span, or the whole interface (Q.931 5.5).

        Raises UsageError for a span that this end does not have, and as `CallControl.restart` does.
        """
        end = self._span(span, "restart")
        if end.config.is_bus:
            raise UsageError(f"restart of span {end.config.name}: a bus has no RESTART (Q.931 5.5)")
        end.control.restart(channels, self.now)
        end.drain()

    def service(self, channels: Sequence[int] | None, status: Service, *, span: int = 0) -> None:
        """Take these channels of a span (None: all) out of service, or back into it: SERVICE.

        Calls on them go on until they end; no new call takes them. Raises NotOnThisBench where the switch
        variant of the span has no such messages, UsageError for a span or a status that does not exist, and
        as `CallControl.service` does.
        """
        end = self._span(span, "service")
        if status not in STATUS:
            raise UsageError(f"service {status!r}: choose {', '.join(STATUS)}")
        if end.control.settings.maintenance is None:
            raise NotOnThisBench(f"span {end.config.name}: {end.variant.title} has no SERVICE messages")
        end.control.service(channels, STATUS[status], self.now)
        end.drain()

    def _span(self, index: int, verb: str) -> SpanEnd:
        self._own()
        if not 0 <= index < len(self.spans):
            raise UsageError(f"{verb} of span {index}: this end has {len(self.spans)}, counted from 0")
        return self.spans[index]
