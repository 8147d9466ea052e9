"""Layer 2 of one D channel (Q.921): its data links, the broadcast link, and layer 2 management.

A user side is one terminal: one TEI, fixed (`settings.tei`) or automatic (None), shared by its SAPIs. A
network side has any number of terminals: it gives out TEIs 64 to 126 and takes fixed ones, 0 to 63, as they
come; a TEI in its settings is the one of a point-to-point interface, whose link is there from the start.

Management acts on errors by Table II.1 where TEIs are automatic (`settings.tei` None). On a point-to-point
interface errors are only handed out: many such peers know no TEI management.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from trunkwire.lapd.assignment import AssignmentPoint
from trunkwire.lapd.events import (
    GROUP_TEI,
    MANAGEMENT_SAPI,
    STATES_WITHOUT_TEI,
    AssignWanted,
    Counters,
    EntityOutput,
    Error,
    Event,
    Exchange,
    LapdMisuse,
    LapdSettings,
    State,
    TeiAssigned,
    TeiRemoved,
    Transmit,
    UnitData,
)
from trunkwire.lapd.frames import InvalidFrame, UnnumberedFrame, UnnumberedFunction, parse
from trunkwire.lapd.link import LapdLink
from trunkwire.lapd.management import AUTOMATIC_TEIS, read_management, unit_frame
from trunkwire.lapd.parameters import Negotiation
from trunkwire.lapd.primitives import AssignRequest, ErrorResponse, RemoveRequest
from trunkwire.lapd.reactions import REACTIONS, Action
from trunkwire.lapd.terminal import Terminal, TerminalState
from trunkwire.side import Side
from trunkwire.ticks import Tick


class LapdEntity:
    """Layer 2 of one end of a D channel.

    `random` gives reference numbers Ri, 0 to 65535; a user side with an automatic TEI needs it. `sapis` are
    the service access points: 0 call control, 16 packet data. Raises ValueError when either does not fit.

    Every request takes the `tei` and `sapi` of the link it is for. Left out, `sapi` is that of the settings,
    and `tei` the terminal's own, or on the network side the only one there is.
    """

    def __init__(
        self,
        side: Side,
        settings: LapdSettings | None = None,
        *,
        random: Callable[[], int] | None = None,
        sapis: tuple[int, ...] = (0,),
    ) -> None:
        self.side = side
        self.settings = settings or LapdSettings()
        if not sapis or MANAGEMENT_SAPI in sapis:
            raise ValueError(f"SAPIs {sapis}: at least one, and {MANAGEMENT_SAPI} is management's own")
        self.sapis = sapis
        self.counters = Counters()
        """Frames of the broadcast links and of management, and those that are for no link."""
        self.terminal = Terminal(self.settings, random) if side is Side.USER else None
        self.point = AssignmentPoint(self.settings) if side is Side.NETWORK else None
        self._links: dict[tuple[int | None, int], LapdLink] = {}
        self._negotiations: dict[LapdLink, Negotiation] = {}
        self._by_address: dict[bytes, LapdLink] = {}
        self._outputs: deque[EntityOutput] = deque()
        if self.point is not None and self.settings.tei is not None:
            self.point.seen(self.settings.tei, 0)
        if side is Side.USER or self.settings.tei is not None:
            for sapi in sapis:
                self._make(self.settings.tei if side is Side.NETWORK else None, sapi)

    # What layer 3 asks for

    def establish(self, now: Tick, tei: int | None = None, sapi: int | None = None) -> None:
        """DL-ESTABLISH request: Established or Released will follow, after a TEI was got if need be.

        On the network side a fixed TEI is taken into use by it. Raises LookupError when there is no such
        link, LapdMisuse while a release is on.
        """
        if self.point is not None and tei is not None and tei not in AUTOMATIC_TEIS:
            self._bring(tei, now)
        link = self.link(tei, sapi)
        link.establish(now)
        self._attend(now)

    def release(self, now: Tick, tei: int | None = None, sapi: int | None = None) -> None:
        """DL-RELEASE request: Released(requested=True) will follow. Raises as `establish` does."""
        self.link(tei, sapi).release(now)
        self._attend(now)

    def send(self, data: bytes, now: Tick, tei: int | None = None, sapi: int | None = None) -> None:
        """DL-DATA request. Raises LookupError for no such link, LapdMisuse if it is not up, ValueError if
        `data` is longer than N201.
        """
        self.link(tei, sapi).send(data, now)
        self._attend(now)

    def send_unit(self, data: bytes, now: Tick, tei: int | None = None, sapi: int | None = None) -> None:
        """DL-UNIT DATA request on one link; a terminal without a TEI asks for one first. Raises as `send`."""
        self.link(tei, sapi).send_unit(data, now)
        self._attend(now)

    def broadcast(self, data: bytes, now: Tick, sapi: int | None = None) -> None:
        """DL-UNIT DATA request on the broadcast link: a UI frame to TEI 127 (5.2.2).

        Raises ValueError if `data` is longer than N201 or the SAPI is none of ours.
        """
        if len(data) > self.settings.n201:
            raise ValueError(
                f"information of {len(data)} octets: N201 of this entity is {self.settings.n201}"
            )
        self.counters.frames_sent += 1
        self._outputs.append(Transmit(unit_frame(self.side, self._sapi(sapi), bytes(data))))

    def set_own_busy(self, busy: bool, now: Tick, tei: int | None = None, sapi: int | None = None) -> None:
        """Say whether this side can take I frames on a link (5.6.6). Raises as `send` does."""
        self.link(tei, sapi).set_own_busy(busy, now)
        self._attend(now)

    def negotiate(self, now: Tick, tei: int | None = None, sapi: int | None = None) -> None:
        """Agree with the peer on N201, k and T200 by XID (5.4, Appendix IV); they stay if it does not answer.

        Raises LookupError for no such link, LapdMisuse if it has no TEI.
        """
        link = self.link(tei, sapi)
        if link.tei is None:
            raise LapdMisuse(link.state, Event.XID)
        self._negotiation(link).negotiate(now)
        self._attend(now)

    def deactivate(self, now: Tick) -> None:
        """Layer 1 has been inactive for long (persistent deactivation): links are released, TEIs are kept."""
        if self.terminal is not None:
            self.terminal.deactivate(now)
        for link in tuple(self._links.values()):
            link.deactivate(now)
        self._attend(now)

    # What management is asked for

    def check(self, now: Tick, tei: int | None = None) -> None:
        """Network side: ask who has `tei` (None: all). A TEI that none or several have is removed (5.3.3)."""
        self._network("a check of TEIs").check(tei, now)
        self._attend(now)

    def remove(self, now: Tick, tei: int) -> None:
        """Network side: take `tei` away from its terminal (5.3.4)."""
        self._network("removal of a TEI").remove(tei, now)
        self._attend(now)

    def verify(self, now: Tick) -> None:
        """User side: have the network check our TEI (5.3.5); it is lost if the network does not answer."""
        if self.terminal is None:
            raise LookupError("the network side asks for no verification of a TEI")
        self.terminal.verify(now)
        self._attend(now)

    # What happens to it

    def receive(self, frame: bytes, now: Tick) -> None:
        """A frame came, address to end of information, its FCS checked and taken off."""
        link = self._by_address.get(frame[:2])
        if link is None:
            self.counters.frames_received += 1
            self._receive_elsewhere(frame, now)
        else:
            link.receive(frame, now)
        self._attend(now)

    def handle_timer(self, now: Tick) -> None:
        """Time has come to `now`: what expired at or before it acts."""
        for manager in (self.terminal, self.point):
            if manager is not None:
                manager.handle_timer(now)
        for link in tuple(self._links.values()):
            deadline = link.next_deadline()
            if deadline is not None and deadline <= now:
                link.handle_timer(now)
        for negotiation in self._negotiations.values():
            negotiation.handle_timer(now)
        self._attend(now)

    def poll_output(self) -> EntityOutput | None:
        """The next thing to act on, or None."""
        return self._outputs.popleft() if self._outputs else None

    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is due, or None."""
        deadlines = [link.next_deadline() for link in self._links.values()]
        deadlines += [negotiation.tm20 for negotiation in self._negotiations.values()]
        deadlines += [manager.next_deadline() for manager in (self.terminal, self.point) if manager]
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    # What can be seen of it

    @property
    def teis(self) -> tuple[int, ...]:
        """The TEIs of the links that have one, ascending."""
        return tuple(sorted({link.tei for link in self._links.values() if link.tei is not None}))

    def link(self, tei: int | None = None, sapi: int | None = None) -> LapdLink:
        """The link of `tei` and `sapi`. Raises LookupError when there is none, or no `tei` says which."""
        service = self._sapi(sapi)
        if self.terminal is not None:
            if tei not in (None, self.terminal.tei):
                raise LookupError(f"TEI {tei}: this terminal has {self.terminal.tei}")
            return self._links[None, service]
        if tei is None:
            there = sorted({key for key, _ in self._links if key is not None})
            if len(there) != 1:
                raise LookupError(f"say which TEI: there are {there or 'none'}")
            tei = there[0]
        found = self._links.get((tei, service))
        if found is None:
            raise LookupError(f"no data link has TEI {tei}; there are {self.teis or 'none'}")
        return found

    def armed_timers(self) -> tuple[str, ...]:
        """The names of the timers that run, those of a link with its TEI and SAPI."""
        found = [
            f"{name} of TEI {'none' if link.tei is None else link.tei} SAPI {sapi}"
            for (_, sapi), link in self._links.items()
            for name in link.armed_timers()
        ]
        found += [
            f"TM20 of TEI {link.tei} SAPI {link.settings.sapi}"
            for link, negotiation in self._negotiations.items()
            if negotiation.tm20 is not None
        ]
        if self.terminal is not None and self.terminal.t202 is not None:
            found.append("T202")
        if self.point is not None:
            found += [f"T201 of TEI {e.tei}" for e in self.point.entries.values() if e.t201 is not None]
        return tuple(found)

    def audit(self) -> list[str]:
        """What is not at rest: links, management's procedures, undrained outputs."""
        found = [
            f"TEI {'none' if link.tei is None else link.tei} SAPI {sapi}: {line}"
            for (_, sapi), link in self._links.items()
            for line in link.audit()
        ]
        if self.terminal is not None and self.terminal.state not in (
            TerminalState.NO_TEI,
            TerminalState.TEI_HELD,
        ):
            found.append(f"TEI management is in state {self.terminal.state.title}")
        if self.point is not None:
            checked = [str(e.tei) for e in self.point.entries.values() if e.t201 is not None]
            if checked:
                found.append(f"TEI management is checking TEI {', '.join(checked)}")
        found += [
            f"TEI {link.tei} SAPI {link.settings.sapi}: parameters are being negotiated"
            for link, negotiation in self._negotiations.items()
            if negotiation.tm20 is not None
        ]
        if self._outputs:
            found.append("LAPD entity has undrained outputs")
        return found

    # How it works

    def _sapi(self, sapi: int | None) -> int:
        if sapi is None:
            return self.settings.sapi if self.settings.sapi in self.sapis else self.sapis[0]
        if sapi not in self.sapis:
            raise ValueError(f"SAPI {sapi}: this entity has {self.sapis}")
        return sapi

    def _network(self, what: str) -> AssignmentPoint:
        if self.point is None:
            raise LookupError(f"{what} is the network side's to ask for")
        return self.point

    def _make(self, tei: int | None, sapi: int) -> LapdLink:
        """A new link; the user side's bears no TEI in its key, since it may change."""
        wanted = self.settings.tei if self.side is Side.USER else tei
        link = LapdLink(self.side, msgspec.structs.replace(self.settings, tei=wanted, sapi=sapi))
        self._links[tei, sapi] = link
        self._by_address.update(dict.fromkeys(link.addresses, link))
        return link

    def _bring(self, tei: int, now: Tick) -> None:
        """A fixed TEI is in use from now on."""
        assert self.point is not None
        if tei not in self.teis:
            self.point.seen(tei, now)
            self._attend(now)

    def _receive_elsewhere(self, octets: bytes, now: Tick) -> None:
        """A frame for none of the links: management, broadcast, a terminal not known yet, or nobody."""
        try:
            frame = parse(octets)
        except InvalidFrame:
            self.counters.invalid += 1
            return
        from_peer = isinstance(frame, UnnumberedFrame) and frame.cr is (self.side is Side.USER)
        if frame.tei == GROUP_TEI:
            if from_peer and isinstance(frame, UnnumberedFrame) and frame.function is UnnumberedFunction.UI:
                self._receive_unit(frame, now)
            else:
                self.counters.foreign += 1
        elif self.point is not None and frame.sapi in self.sapis and self._settles(frame):
            self.point.seen(frame.tei, now)
            self._attend(now)
            link = self._by_address.get(octets[:2])
            if link is not None:
                link.receive(octets, now)
        else:
            self.counters.foreign += 1

    def _settles(self, frame: object) -> bool:
        """Whether the frame is one with which a terminal makes itself known: SABME, UI or XID command."""
        return (
            isinstance(frame, UnnumberedFrame)
            and not frame.cr
            and frame.function in (UnnumberedFunction.SABME, UnnumberedFunction.UI, UnnumberedFunction.XID)
        )

    def _receive_unit(self, frame: UnnumberedFrame, now: Tick) -> None:
        if frame.sapi == MANAGEMENT_SAPI:
            message = read_management(frame.information)
            if message is None:
                self.counters.invalid += 1
            elif self.terminal is not None:
                self.terminal.receive(message, now)
            elif self.point is not None:
                self.point.receive(message, now)
        elif frame.sapi not in self.sapis:
            self.counters.foreign += 1
        elif len(frame.information) > self.settings.n201:
            self.counters.invalid += 1
        else:
            self._outputs.append(UnitData(frame.information, GROUP_TEI, frame.sapi))

    def _attend(self, now: Tick) -> None:
        """Carry out what management wants of the links and the links of management, until all is said."""
        while self._attend_management(now) or self._attend_links(now) or self._attend_negotiations(now):
            pass

    def _attend_management(self, now: Tick) -> bool:
        manager = self.terminal or self.point
        assert manager is not None
        outputs = manager.outputs
        if not outputs:
            return False
        match outputs.popleft():
            case AssignRequest(tei):
                self._assign(tei, now)
            case RemoveRequest(tei):
                self._remove(tei, now)
            case ErrorResponse():
                for link in self._links.values():
                    self._refuse(link, now)
            case Transmit() as frame:
                self.counters.frames_sent += 1
                self._outputs.append(frame)
        return True

    def _attend_links(self, now: Tick) -> bool:
        any_output = False
        for link in tuple(self._links.values()):
            while (output := link.poll_output()) is not None:
                any_output = True
                if isinstance(output, AssignWanted):
                    self._want_tei(link, now)
                elif not (isinstance(output, Exchange) and self._exchange(link, output, now)):
                    self._outputs.append(output)
                    if isinstance(output, Error):
                        self._react(output, now)
        return any_output

    def _negotiation(self, link: LapdLink) -> Negotiation:
        found = self._negotiations.get(link)
        if found is None:
            found = self._negotiations[link] = Negotiation(link.settings)
        return found

    def _exchange(self, link: LapdLink, frame: Exchange, now: Tick) -> bool:
        """Whether an XID frame was one of the negotiation of parameters; others go to the user too."""
        negotiation = self._negotiation(link)
        return negotiation.receive(frame.data, frame.command, frame.pf, now)

    def _attend_negotiations(self, now: Tick) -> bool:
        any_output = False
        for link, negotiation in self._negotiations.items():
            while negotiation.outputs:
                answer = negotiation.outputs.popleft()
                link.send_exchange(answer.data, now, command=answer.command, pf=answer.pf)
                any_output = True
            if link.settings is not negotiation.settings:
                link.agree(negotiation.settings)
                negotiation.settings = link.settings
        return any_output

    def _want_tei(self, link: LapdLink, now: Tick) -> None:
        if self.terminal is not None:
            self.terminal.want(now)
            return
        assert self.point is not None
        for (tei, _), each in self._links.items():
            if each is link and tei is not None:
                self.point.seen(tei, now)

    def _react(self, error: Error, now: Tick) -> None:
        """Table II.1, where TEIs are under management."""
        if self.settings.tei is not None:
            return
        reaction = REACTIONS[error.code]
        if self.point is not None and reaction.network is Action.CHECK:
            self.point.check(error.tei, now)
        elif self.terminal is not None and reaction.user is Action.VERIFY:
            self.terminal.verify(now)

    def _assign(self, tei: int, now: Tick) -> None:
        """MDL-ASSIGN request to the links of one terminal."""
        key = None if self.terminal is not None else tei
        new = False
        for sapi in self.sapis:
            link = self._links.get((key, sapi))
            if link is None:
                self._make(key, sapi)
                new = True
            elif link.state in STATES_WITHOUT_TEI:
                link.assign(tei, now)
                self._by_address.update(dict.fromkeys(link.addresses, link))
                new = True
        if new:
            self._outputs.append(TeiAssigned(tei))

    def _refuse(self, link: LapdLink, now: Tick) -> None:
        if link.state in (State.ASSIGN_AWAITING_TEI, State.ESTABLISH_AWAITING_TEI):
            link.refuse_tei(now)

    def _remove(self, tei: int, now: Tick) -> None:
        """MDL-REMOVE request to the links of one terminal; the network forgets a link that wants nothing."""
        key = None if self.terminal is not None else tei
        had = False
        for sapi in self.sapis:
            link = self._links.get((key, sapi))
            if link is None:
                continue
            if link.tei is None:
                self._refuse(link, now)
                continue
            had = True
            for address in link.addresses:
                del self._by_address[address]
            link.remove(now)
            self._negotiations.pop(link, None)
            link.agree(self.settings)
            while (output := link.poll_output()) is not None:
                if not isinstance(output, AssignWanted):
                    self._outputs.append(output)
            if self.point is not None and (tei in AUTOMATIC_TEIS or link.next_deadline() is None):
                del self._links[key, sapi]
        if had:
            self._outputs.append(TeiRemoved(tei))
