"""The states of the serial card's link, and for each the frames it takes and what they do
(docs/serial-card.md, "Handshake").

An end begins a session knowing only its own incarnation, a number drawn when it starts. It sends HELLO until
it has seen its own incarnation in a HELLO of the peer: then each knows of the other. A HELLO with another
incarnation than the peer's says that the peer has started anew.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping


class State(enum.Enum):
    """What an end knows of the other."""

    DOWN = "down"  # not started
    SEEKING = "seeking"  # sends HELLO, takes nothing else
    UP = "up"
    REFUSED = "refused"  # the peer cannot be talked to


class Input(enum.Enum):
    """What a received frame is to the state."""

    HELLO = "HELLO that does not know us"
    ECHO = "HELLO that knows us"
    STRANGER = "HELLO of a new incarnation that does not know us"
    STRANGER_ECHO = "HELLO of a new incarnation that knows us"
    UNFIT = "HELLO of another major version or of the same role"
    TRAFFIC = "any other frame"


class Action(enum.Enum):
    """What is done, before the next state is entered."""

    NOTHING = "nothing"
    ANSWER = "note the peer's incarnation and send HELLO"
    ANSWER_UNLESS_READY = "send HELLO unless the peer says that it is up"
    BEGIN = "note the peer's incarnation, number from 0, send HELLO"
    LOSE = "hand back what was not acknowledged, note the incarnation, send HELLO"
    LOSE_AND_BEGIN = "hand back what was not acknowledged, then as BEGIN"
    REFUSE = "say so, send HELLO"
    TAKE = "acknowledge, deliver"


_A, _I, _S = Action, Input, State

TABLE: Mapping[State, Mapping[Input, tuple[Action, State]]] = {
    State.DOWN: dict.fromkeys(Input, (_A.NOTHING, _S.DOWN)),
    State.SEEKING: {
        _I.HELLO: (_A.ANSWER, _S.SEEKING),
        _I.STRANGER: (_A.ANSWER, _S.SEEKING),
        _I.ECHO: (_A.BEGIN, _S.UP),
        _I.STRANGER_ECHO: (_A.BEGIN, _S.UP),
        _I.UNFIT: (_A.REFUSE, _S.REFUSED),
        _I.TRAFFIC: (_A.NOTHING, _S.SEEKING),
    },
    State.UP: {
        _I.HELLO: (_A.ANSWER, _S.UP),  # it was sent before ours arrived
        _I.ECHO: (_A.ANSWER_UNLESS_READY, _S.UP),
        _I.STRANGER: (_A.LOSE, _S.SEEKING),
        _I.STRANGER_ECHO: (_A.LOSE_AND_BEGIN, _S.UP),
        _I.UNFIT: (_A.REFUSE, _S.REFUSED),
        _I.TRAFFIC: (_A.TAKE, _S.UP),
    },
    State.REFUSED: {
        _I.HELLO: (_A.ANSWER, _S.SEEKING),  # other firmware has been loaded
        _I.STRANGER: (_A.ANSWER, _S.SEEKING),
        _I.ECHO: (_A.BEGIN, _S.UP),
        _I.STRANGER_ECHO: (_A.BEGIN, _S.UP),
        _I.UNFIT: (_A.NOTHING, _S.REFUSED),  # two of them must not talk without end
        _I.TRAFFIC: (_A.NOTHING, _S.REFUSED),
    },
}
