"""The service of channels as a table (SERVICE and SERVICE ACKNOWLEDGE; AT&T TR 41459, National ISDN).

SERVICE that crosses ours is acknowledged at once: each side's status is its own, and the more severe of the
two counts.
"""

from __future__ import annotations

from trunkwire.q931 import service as do
from trunkwire.q931.events import IndicationKind as Tell
from trunkwire.q931.procedure import Received, Request, Table, Timer, in_state, on
from trunkwire.q931.states import ServiceState

SETTLED, REQUESTED, INDICATED = ServiceState.SETTLED, ServiceState.REQUESTED, ServiceState.INDICATED

TABLE: Table = (
    *in_state(
        SETTLED,
        on(Request.SERVICE, [do.send_service, do.take_out, do.start_timer], REQUESTED, "SERVICE"),
        on(
            Received.SERVICE,
            [do.settle_far, do.send_acknowledge, do.tell(Tell.SERVICE)],
            None,
            "SERVICE ACKNOWLEDGE",
            when=do.answers_itself,
        ),
    ),
    # SERVICE sent
    *in_state(
        REQUESTED,
        on(
            Received.SERVICE_ACKNOWLEDGE,
            [do.stop_timer, do.settle_near, do.settle_far, do.tell(Tell.SERVICE_CHANGED)],
            SETTLED,
            "SERVICE ACKNOWLEDGE",
            when=do.peer_is_more_severe,
        ),
        on(
            Received.SERVICE_ACKNOWLEDGE,
            [do.stop_timer, do.settle_near, do.tell(Tell.SERVICE_CHANGED)],
            SETTLED,
            "SERVICE ACKNOWLEDGE",
        ),
        on(
            Received.SERVICE,
            [do.settle_far, do.send_acknowledge, do.tell(Tell.SERVICE)],
            None,
            "SERVICE that crosses",
        ),
        on(
            Timer.T_SERVICE,
            [do.send_service_again, do.start_timer],
            None,
            "SERVICE, repeated once",
            when=do.first_service,
        ),
        on(Timer.T_SERVICE, [do.tell(Tell.SERVICE_FAILED)], SETTLED, "SERVICE without an answer"),
    ),
    # SERVICE received, the user of the machine is asked
    *in_state(
        INDICATED,
        on(Request.CONFIRM_SERVICE, [do.send_acknowledge], SETTLED, "SERVICE ACKNOWLEDGE"),
    ),
    *in_state(
        (SETTLED, INDICATED),
        on(
            Received.SERVICE,
            [do.settle_far, do.tell(Tell.SERVICE)],
            INDICATED,
            "SERVICE",
        ),
    ),
)
"""Every row, in the order in which they are tried."""
