"""The restart procedure as a table (Q.931 5.5; states of 2.4), the same for both sides of the interface.

Two machines run it, since the global call reference may be used from either side at once: one asks (R0,
R1), one answers (R0, R2).
"""

from __future__ import annotations

from trunkwire.q931 import restart as do
from trunkwire.q931.causes import Cause
from trunkwire.q931.procedure import Received, Request, Table, Timer, in_state, on
from trunkwire.q931.states import RestartState

R0, R1, R2 = RestartState.R0, RestartState.R1, RestartState.R2

TABLE: Table = (
    *in_state(
        R0,
        on(Request.RESTART, [do.send_restart, do.hold_channels, do.start(Timer.T316)], R1, "5.5.1"),
        on(
            Received.RESTART,
            [do.send_status(Cause.INVALID_IE_CONTENTS)],
            None,
            "4.5.25, 5.8.6.2",
            when=do.class_reserved,
        ),
        on(
            Received.RESTART,
            [do.send_status(Cause.MANDATORY_IE_MISSING)],
            None,
            "5.5.2, 5.8.6.1",
            when=do.channels_missing,
        ),
        on(
            Received.RESTART,
            [do.send_status(Cause.CHANNEL_DOES_NOT_EXIST)],
            None,
            "5.5.2; Q.850 cause 82",
            when=do.no_such_channel,
        ),
        on(
            Received.RESTART,
            [do.take_over, do.send_acknowledge, do.idle_channels, do.tell_restart],
            None,
            "5.5.2",
            when=do.answers_itself,
        ),
        on(Received.RESTART, [do.take_over, do.start(Timer.T317), do.tell_restart], R2, "5.5.2"),
        on((Received.RESTART_ACKNOWLEDGE, Received.STATUS), [], None, "5.5.1, 5.8.11"),
    ),
    # restart request: RESTART sent
    *in_state(
        R1,
        on(Received.RESTART_ACKNOWLEDGE, [], None, "5.5.1", when=do.acknowledges_something_else),
        on(
            Received.RESTART_ACKNOWLEDGE,
            [do.stop(Timer.T316), do.split_channels],
            R0,
            "5.5.1",
            when=do.acknowledges_some,
        ),
        on(
            Received.RESTART_ACKNOWLEDGE,
            [do.stop(Timer.T316), do.idle_channels, do.tell_restarted],
            R0,
            "5.5.1",
        ),
        on(Timer.T316, [do.send_restart_again, do.start(Timer.T316)], None, "5.5.1", when=do.restart_left),
        on(Timer.T316, [do.give_up_channels], R0, "5.5.1"),
        on(Received.STATUS, [do.tell_status], None, "5.8.11"),
    ),
    # restart: RESTART received, channels being cleared
    *in_state(
        R2,
        on(
            Request.CONFIRM_RESTART,
            [do.send_acknowledge, do.stop(Timer.T317), do.idle_channels],
            R0,
            "5.5.2",
        ),
        on(Timer.T317, [do.give_up_channels], R0, "5.5.2"),
        on(Received.RESTART, [], None, "5.5.2"),
        on((Received.RESTART_ACKNOWLEDGE, Received.STATUS), [], None, "5.5.1, 5.8.11"),
    ),
    *in_state(
        (R0, R1, R2),
        on(Received.FAULTY, [do.report_fault], None, "5.8.6"),
        on(
            (Received.UNEXPECTED, Received.UNKNOWN),
            [do.send_status(Cause.INVALID_CALL_REFERENCE)],
            None,
            "5.8.3.2 f)",
        ),
    ),
)
"""Every row, in the order in which they are tried."""
