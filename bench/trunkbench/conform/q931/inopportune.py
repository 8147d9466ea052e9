"""Inopportune behaviour: messages that a call state does not expect (5.8.4), and call references (5.8.3).

Which messages a state expects is written here from clause 5 and the SDL diagrams of Annex A.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case
from trunkbench.conform.layer3 import Mt, Want, name_of
from trunkbench.conform.q931.states import PREAMBLES, number, states_of
from trunkbench.conform.q931.steps import Expect, Nothing, Send, State, script
from trunkwire.side import Side

_RESPONSES = (Mt.SETUP_ACKNOWLEDGE, Mt.CALL_PROCEEDING, Mt.ALERTING, Mt.CONNECT, Mt.CONNECT_ACKNOWLEDGE)

_EXPECTED: dict[str, tuple[int, ...]] = {
    # the side that has placed the call
    "U1": (Mt.SETUP_ACKNOWLEDGE, Mt.CALL_PROCEEDING, Mt.ALERTING, Mt.CONNECT),
    "U2": (Mt.CALL_PROCEEDING, Mt.ALERTING, Mt.CONNECT),
    "U3": (Mt.ALERTING, Mt.CONNECT),
    "U4": (Mt.CONNECT,),
    "N6": (Mt.SETUP_ACKNOWLEDGE, Mt.CALL_PROCEEDING, Mt.ALERTING, Mt.CONNECT),
    "N7": (Mt.CONNECT,),
    "N9": (Mt.ALERTING, Mt.CONNECT),
    "N25": (Mt.CALL_PROCEEDING, Mt.ALERTING, Mt.CONNECT),
    # the side that was called
    "U8": (Mt.CONNECT_ACKNOWLEDGE,),
    "N10": (Mt.CONNECT_ACKNOWLEDGE,),
}
"""Which of the responses to SETUP a state takes; a state that is not here takes none of them."""

_FOREIGN = {
    Side.USER: (Mt.SUSPEND, Mt.RESUME),
    Side.NETWORK: (Mt.SUSPEND_ACKNOWLEDGE, Mt.RESUME_ACKNOWLEDGE),
}
"""Messages that only the other direction has (3.1.11 to 3.1.13, 3.1.18 to 3.1.20)."""

UNKNOWN_TYPE = 0x1C
"""A message type of the call establishment group that Q.931 and Q.932 leave free (table 4-2)."""


def not_compatible() -> tuple[Want, ...]:
    """What 5.8.4 allows: STATUS with 98, or with 97 or 101 by who can tell them apart, or an enquiry."""
    return (Want(Mt.STATUS, (98, 97, 101)), Want(Mt.STATUS_ENQUIRY))


def _case(role: Side, state: str, name: str, kind: int, purpose: str, tail: bytes = b"") -> Case:
    return Case(
        group=f"q931/{role.value}/{state}/inopportune",
        name=name,
        role=role,
        state=state,
        purpose=purpose,
        clause="5.8.4",
        preamble=PREAMBLES[state],
        script=script(Send(kind, tail=tail), Expect(not_compatible()), State(number(state))),
    )


def _slug(kind: int) -> str:
    return name_of(kind).lower().replace(" ", "-")


def unexpected(role: Side) -> Iterator[Case]:
    """Every state but null: each message that it does not expect is answered by STATUS, and nothing
    changes.
    """
    for state in states_of(role)[1:]:
        taken = _EXPECTED.get(state, ())
        for kind in (*(response for response in _RESPONSES if response not in taken), *_FOREIGN[role]):
            purpose = (
                f"In {state}, an unexpected {name_of(kind)} is answered by STATUS with cause 98, 97 or 101 "
                "and changes nothing."
            )
            yield _case(role, state, _slug(kind), kind, purpose)
        purpose = (
            f"In {state}, a message of an unknown type is answered by STATUS with cause 98 or 97 and changes "
            "nothing."
        )
        yield _case(role, state, "unknown-type", UNKNOWN_TYPE, purpose)


def repeated_setup(role: Side) -> Iterator[Case]:
    """A SETUP whose call reference belongs to a call is ignored (5.8.3.2 e)."""
    bearer_and_number = bytes.fromhex("04038090a31803a98381700480353030")
    for state in states_of(role)[1:]:
        yield Case(
            group=f"q931/{role.value}/{state}/inopportune",
            name="setup",
            role=role,
            state=state,
            purpose=f"In {state}, a SETUP with the call reference of the call is ignored.",
            clause="5.8.3.2 e)",
            preamble=PREAMBLES[state],
            script=script(Send(Mt.SETUP, tail=bearer_and_number), Nothing(), State(number(state))),
        )


def cases(role: Side) -> Iterator[Case]:
    """All of a role."""
    yield from unexpected(role)
    yield from repeated_setup(role)
