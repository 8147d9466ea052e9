"""The procedures that the rows of the LAPD table name: the boxes of the SDL diagrams of Q.921 Annex B.

Each takes the connection and what the event carries: a frame, information, an error code, or nothing. One
that finds a further event (an N(R) error) returns it; the rest of the row is then left out and the event is
looked up instead.
"""

from __future__ import annotations

from collections.abc import Callable

from trunkwire.lapd.connection import MODULUS, Connection
from trunkwire.lapd.events import (
    GROUP_TEI,
    AssignWanted,
    ErrorCode,
    Established,
    Event,
    Exchange,
    Released,
    UnitData,
)
from trunkwire.lapd.frames import (
    InformationFrame,
    SupervisoryFrame,
    SupervisoryFunction,
    UnnumberedFrame,
    UnnumberedFunction,
)

Argument = InformationFrame | SupervisoryFrame | UnnumberedFrame | bytes | int | ErrorCode | None
Procedure = Callable[[Connection, "Argument"], Event | None]

_ACKNOWLEDGING = (InformationFrame, SupervisoryFrame)
"""The frames with an N(R)."""


def _polled(argument: Argument) -> bool:
    assert isinstance(argument, UnnumberedFrame)
    return argument.pf


# TEI (5.3, Annex B states 1 to 3)


def want_tei(link: Connection, argument: Argument) -> None:
    """MDL-ASSIGN indication."""
    link.outputs.append(AssignWanted(link.settings.sapi))


def store_tei(link: Connection, argument: Argument) -> None:
    """The TEI of the MDL-ASSIGN request is the link's."""
    assert isinstance(argument, int)
    link.take_tei(argument)


def forget_tei(link: Connection, argument: Argument) -> None:
    """The link has no TEI any more (5.3.4.1)."""
    link.take_tei(GROUP_TEI)


def queue_unit_data(link: Connection, argument: Argument) -> None:
    """Put the information into the UI queue until there is a TEI."""
    assert isinstance(argument, bytes)
    link.units.append(argument)


def send_queued_units(link: Connection, argument: Argument) -> None:
    """The UI queue goes out, under the TEI that has come."""
    while link.units:
        send_unit_data(link, link.units.popleft())


def discard_units(link: Connection, argument: Argument) -> None:
    """Discard the UI queue."""
    link.units.clear()


# Establishment and release (5.5)


def establish_data_link(link: Connection, argument: Argument) -> None:
    """Clear exception conditions, SABME with P = 1, T200 instead of T203 (5.5.1.2)."""
    _clear_conditions(link)
    link.rc = 0
    link.t203 = link.retry = None
    send_sabme(link, argument)


def send_sabme(link: Connection, argument: Argument) -> None:
    """SABME with P = 1 and start T200 (5.5.1.2)."""
    link.send_unnumbered(UnnumberedFunction.SABME, pf=True, command=True)
    link.start_t200()


def release_data_link(link: Connection, argument: Argument) -> None:
    """DISC with P = 1, T200 instead of T203 (5.5.3.2)."""
    link.rc = 0
    link.t203 = None
    send_disc(link, argument)


def send_disc(link: Connection, argument: Argument) -> None:
    """DISC with P = 1 and start T200 (5.5.3.2)."""
    link.send_unnumbered(UnnumberedFunction.DISC, pf=True, command=True)
    link.start_t200()


def count_attempt(link: Connection, argument: Argument) -> None:
    """RC = RC + 1."""
    link.rc += 1


def reset_attempts(link: Connection, argument: Argument) -> None:
    """RC = 0."""
    link.rc = 0


def send_ua(link: Connection, argument: Argument) -> None:
    """UA with F as P was."""
    link.send_unnumbered(UnnumberedFunction.UA, pf=_polled(argument), command=False)


def send_dm(link: Connection, argument: Argument) -> None:
    """DM with F as P was."""
    link.send_unnumbered(UnnumberedFunction.DM, pf=_polled(argument), command=False)


def enter_multiple_frame(link: Connection, argument: Argument) -> None:
    """V(S) = V(A) = V(R) = 0, no exception condition, T203 instead of T200 (5.5.1.2)."""
    _clear_conditions(link)
    link.sent.clear()
    link.vs = link.va = link.vr = 0
    link.t200 = link.retry = None
    link.start_t203()


def _clear_conditions(link: Connection) -> None:
    link.peer_busy = link.own_busy = link.reject_exception = link.ack_pending = False


def stop_timers(link: Connection, argument: Argument) -> None:
    """Stop T200 and T203."""
    link.t200 = link.t203 = None


def discard_queue(link: Connection, argument: Argument) -> None:
    """Discard the I queue, and the I frames that are not acknowledged."""
    link.queue.clear()
    link.sent.clear()


def cancel_retry(link: Connection, argument: Argument) -> None:
    """Layer 3 wants the link down: don't ask for establishment again."""
    link.retry = None


def confirm_established(link: Connection, argument: Argument) -> None:
    """DL-ESTABLISH confirm."""
    link.outputs.append(Established(False, False, link.tei, link.settings.sapi))


def indicate_established(link: Connection, argument: Argument) -> None:
    """DL-ESTABLISH indication."""
    link.outputs.append(Established(True, False, link.tei, link.settings.sapi))


def settle_reset(link: Connection, argument: Argument) -> None:
    """Re-establishment:

    layer 3 learns of it, and loses its I queue, only if I frames are in doubt (5.7.2).
    """
    if link.sent:
        discard_queue(link, argument)
        link.outputs.append(Established(True, True, link.tei, link.settings.sapi))


def confirm_released(link: Connection, argument: Argument) -> None:
    """DL-RELEASE confirm."""
    link.outputs.append(Released(True, False, link.tei, link.settings.sapi))


def indicate_released(link: Connection, argument: Argument) -> None:
    """DL-RELEASE indication: by the peer if a frame of its caused it, else for want of an answer."""
    link.outputs.append(Released(False, argument is not None, link.tei, link.settings.sapi))
    if link.settings.reestablish_after is not None:
        link.retry = link.now + link.settings.reestablish_after


# Information (5.2, 5.4, 5.6)


def queue_information(link: Connection, argument: Argument) -> None:
    """Put the information into the I queue; it is sent as the window allows (5.6.1)."""
    assert isinstance(argument, bytes)
    link.queue.append(argument)


def send_unit_data(link: Connection, argument: Argument) -> None:
    """UI with P = 0 (5.2.2)."""
    assert isinstance(argument, bytes)
    link.send_unnumbered(UnnumberedFunction.UI, pf=False, command=True, data=argument)


def indicate_unit_data(link: Connection, argument: Argument) -> None:
    """DL-UNIT DATA indication (5.2.3)."""
    assert isinstance(argument, UnnumberedFrame)
    link.outputs.append(UnitData(argument.information, link.tei, link.settings.sapi))


def pass_exchange(link: Connection, argument: Argument) -> None:
    """Hand an XID frame to the connection management (5.4)."""
    assert isinstance(argument, UnnumberedFrame)
    link.outputs.append(
        Exchange(argument.information, link.command, argument.pf, link.tei, link.settings.sapi)
    )


def receive_information(link: Connection, argument: Argument) -> None:
    """The information of an I frame, its sequence, and the answer it asks for (5.6.2, 5.6.6, 5.8.1)."""
    frame = argument
    assert isinstance(frame, InformationFrame)
    if link.own_busy:
        if frame.pf:
            link.send_status(pf=True, command=False)
    elif frame.ns == link.vr:
        link.vr = (link.vr + 1) % MODULUS
        link.reject_exception = False
        link.deliver(frame.information)
        if frame.pf:
            link.send_status(pf=True, command=False)
        else:
            link.ack_pending = True
    else:
        link.counters.out_of_sequence += 1
        if not link.reject_exception:
            link.reject_exception = True
            link.counters.rejects_sent += 1
            link.send_supervisory(SupervisoryFunction.REJ, pf=frame.pf, command=False)
        elif frame.pf:
            link.send_status(pf=True, command=False)


def take_acknowledgement(link: Connection, argument: Argument) -> Event | None:
    """N(R) of an I frame in state 7 (5.6.3.2)."""
    if link.peer_busy:
        return take_acknowledgement_only(link, argument)
    return take_ready_acknowledgement(link, argument)


def take_ready_acknowledgement(link: Connection, argument: Argument) -> Event | None:
    """N(R) in state 7 from a peer that is ready: all acknowledged stops T200, some restarts it (5.6.3.2)."""
    assert isinstance(argument, _ACKNOWLEDGING)
    nr = argument.nr
    if not link.is_valid(nr):
        return Event.NR_ERROR
    if nr == link.vs:
        link.acknowledge(nr)
        link.t200 = None
        link.start_t203()
    elif nr != link.va:
        link.acknowledge(nr)
        link.start_t200()
    return None


def take_acknowledgement_only(link: Connection, argument: Argument) -> Event | None:
    """N(R) without an effect on timers (state 8, or a busy peer)."""
    assert isinstance(argument, _ACKNOWLEDGING)
    if not link.is_valid(argument.nr):
        return Event.NR_ERROR
    link.acknowledge(argument.nr)
    return None


def note_peer_ready(link: Connection, argument: Argument) -> None:
    """Clear peer receiver busy."""
    link.peer_busy = False


def note_peer_busy(link: Connection, argument: Argument) -> None:
    """Set peer receiver busy (5.6.5)."""
    link.peer_busy = True


def answer_enquiry(link: Connection, argument: Argument) -> None:
    """A supervisory command with P = 1 gets RR or RNR with F = 1 (5.6.3.2, 5.6.5)."""
    assert isinstance(argument, SupervisoryFrame)
    if link.command and argument.pf:
        link.send_status(pf=True, command=False)


def await_busy_peer(link: Connection, argument: Argument) -> None:
    """T200 instead of T203: the busy peer is asked again when it expires (5.6.5)."""
    link.t203 = None
    link.start_t200()


def rest_timers(link: Connection, argument: Argument) -> None:
    """T203 instead of T200: nothing is outstanding for now."""
    link.t200 = None
    link.start_t203()


def invoke_retransmission(link: Connection, argument: Argument) -> None:
    """V(S) = N(R): the I frames from there on go back into the I queue (5.6.4, 5.8.3)."""
    assert isinstance(argument, SupervisoryFrame)
    link.counters.retransmissions += len(link.sent)
    link.queue.extendleft(reversed(link.sent))
    link.sent.clear()
    link.vs = argument.nr


def count_reject(link: Connection, argument: Argument) -> None:
    """Count a REJ of the peer."""
    link.counters.rejects_received += 1


def transmit_enquiry(link: Connection, argument: Argument) -> None:
    """RR or RNR command with P = 1, start T200 (5.6.7, 5.10.3)."""
    link.counters.enquiries += 1
    link.send_status(pf=True, command=True)
    link.start_t200()


def set_own_busy(link: Connection, argument: Argument) -> None:
    """Own receiver busy: RNR with F = 0, once (5.6.6)."""
    if not link.own_busy:
        link.own_busy = True
        link.send_status(pf=False, command=False)


def clear_own_busy(link: Connection, argument: Argument) -> None:
    """Own receiver ready again: RR with F = 0, once (5.6.6)."""
    if link.own_busy:
        link.own_busy = False
        link.send_status(pf=False, command=False)


# MDL-ERROR indications (Table II.1)


def report_frame_error(link: Connection, argument: Argument) -> None:
    """Codes L to O, as the event says (5.8.5)."""
    assert isinstance(argument, ErrorCode)
    link.report(argument)


def _reporter(code: ErrorCode) -> Procedure:
    def report(link: Connection, argument: Argument) -> None:
        link.report(code)

    report.__name__ = f"report_{code}"
    report.__doc__ = f"MDL-ERROR indication ({code})."
    return report


report_a = _reporter(ErrorCode.A)
report_b = _reporter(ErrorCode.B)
report_c = _reporter(ErrorCode.C)
report_d = _reporter(ErrorCode.D)
report_e = _reporter(ErrorCode.E)
report_f = _reporter(ErrorCode.F)
report_g = _reporter(ErrorCode.G)
report_h = _reporter(ErrorCode.H)
report_i = _reporter(ErrorCode.I)
report_j = _reporter(ErrorCode.J)
report_k = _reporter(ErrorCode.K)
