"""Supplementary services (Q.932; ETSI EN 300 196; ECMA-165): components refused or not readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.decoder import Decoded, message_name
from trunkbench.trace.explain.finding import Kind, Severity, name_of
from trunkbench.trace.explain.stories import Story
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.facilities import FACILITIES

if TYPE_CHECKING:
    from trunkwire.rose import FacilityView

BROKEN = Kind(
    "facility-broken",
    "a facility whose components cannot be read",
    Severity.SUSPECT,
    34,
    "Q.932 8.2.3",
    "The octets do not follow the encoding of components (BER), or the argument is not the operation's. The "
    "receiver rejects the component or ignores it; the call goes on without the service.",
    (
        "the dialect: QSIG and ETSI have the same operation values for different services",
        "a gateway that cuts or pads the element",
    ),
)
REFUSED = Kind(
    "facility-refused",
    "a supplementary service is refused",
    Severity.SUSPECT,
    46,
    "Q.932 8.2.3.1",
    "A component was answered by return error or by reject. Return error: the service is known and cannot be "
    "given. Reject: the component itself was not understood.",
    (
        "return error: whether the line has ordered the service",
        "reject: the dialect of both ends (ETSI, QSIG, a national one), and which operation was invoked "
        "before",
    ),
)


class ServiceTheme(Theme):
    """Watches the components of facilities."""

    checked = "supplementary services"
    kinds = (REFUSED, BROKEN)

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """Any message."""
        if frame.message is None:
            return
        for ie in frame.message.ies:
            if type(ie).__name__ in FACILITIES:
                self._facility(frame, _view(ie.layout.build(ie)), story)  # type: ignore[union-attr]

    def _facility(self, frame: Decoded, view: FacilityView, story: Story | None) -> None:
        call = None if story is None else story.name
        name = message_name(frame.message.type) if frame.message is not None else ""
        refused = [part for part in view.components if part.kind.name in ("RETURN_ERROR", "REJECT")]
        if refused:
            text = f"{name_of(frame.end)} says in {name}: {view.summary()}"
            self.book.add(REFUSED, frame, text, side=frame.end, call=call)
        if view.errors:
            text = f"in {name}: {view.errors[0][1]}"
            self.book.add(BROKEN, frame, text, side=frame.end, call=call)


def _view(body: bytes) -> FacilityView:
    """The components; their tables are large and imported where a facility is met."""
    from trunkwire.rose import facility_view

    return facility_view(body)
