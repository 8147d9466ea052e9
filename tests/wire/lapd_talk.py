"""LAPD conversations as text: frames and outputs in words, so that a test reads like a trace.

A frame is `NAME [command|response] [P|F] [ns=n] [nr=n] [+octets]`: "RR response F nr=3", "I command ns=0 nr=0
+61", "SABME P". U frames need no direction. "control:2f command" is a frame with that control octet.
"""

from __future__ import annotations

from typing import Any

import msgspec

from trunkwire.lapd import (
    AssignWanted,
    Data,
    Error,
    Established,
    Exchange,
    LapdLink,
    LapdSettings,
    Output,
    Released,
    State,
    Transmit,
    UnitData,
)
from trunkwire.lapd.events import STATES_WITHOUT_TEI
from trunkwire.lapd.frames import (
    Frame,
    InformationFrame,
    SupervisoryFrame,
    SupervisoryFunction,
    UnnumberedFrame,
    UnnumberedFunction,
    build,
    parse,
)
from trunkwire.side import Side

SETTINGS = LapdSettings(k=2, n200=2, t200=1000, t203=10_000)
AUTOMATIC = msgspec.structs.replace(SETTINGS, tei=None)
RESPONSES = {"UA", "DM", "FRMR"}


def is_command_bit(side: Side, command: bool) -> bool:
    """The C/R bit of what `side` sends (Q.921 3.3.2)."""
    return command if side is Side.NETWORK else not command


def frame_of(text: str, side: Side) -> bytes:
    """The octets of the frame in words, sent by `side`."""
    name, *words = text.split()
    numbers: dict[str, Any] = {word[:2]: int(word[3:]) for word in words if word[:3] in ("ns=", "nr=")}
    octets = b"".join(octets_of(word[1:]) for word in words if word[0] == "+")
    pf = "P" in words or "F" in words
    command = name not in RESPONSES and "response" not in words
    common: dict[str, Any] = {"sapi": 0, "tei": 0, "cr": is_command_bit(side, command)}
    if name.startswith("control:"):
        header = build(UnnumberedFrame(**common, modifier_high=0, pf=False, modifier_low=0))[:2]
        return header + bytes.fromhex(name[8:]) + octets
    frame: Frame
    if name == "I":
        frame = InformationFrame(**common, **numbers, pf=pf, information=octets)
    elif name in SupervisoryFunction.__members__:
        frame = SupervisoryFrame(
            **common, **numbers, function=SupervisoryFunction[name], pf=pf, surplus=octets
        )
    else:
        high, low = UnnumberedFunction[name].value
        frame = UnnumberedFrame(**common, modifier_high=high, pf=pf, modifier_low=low, information=octets)
    return build(frame)


def octets_of(text: str) -> bytes:
    """Octets in hexadecimal, or "*n" for n zero octets."""
    return bytes(int(text[1:])) if text[0] == "*" else bytes.fromhex(text)


def words_of(octets: bytes, side: Side) -> str:
    """A frame that `side` sent, in words."""
    frame = parse(octets)
    assert (frame.sapi, frame.tei) == (0, 0)
    command = frame.cr is is_command_bit(side, True)
    direction = "command" if command else "response"
    flag = [("P" if command else "F")] if frame.pf else []
    if isinstance(frame, UnnumberedFrame):
        assert frame.function is not None
        name = frame.function.name
        assert name == "XID" or command is (name not in RESPONSES)
        words = [name, *(["response"] if name == "XID" and not command else []), *flag]
        tail = frame.information
    elif isinstance(frame, SupervisoryFrame):
        words = [frame.function.name, direction, *flag, f"nr={frame.nr}"]
        tail = frame.surplus
    else:
        words = ["I", *([] if command else ["response"]), *flag, f"ns={frame.ns}", f"nr={frame.nr}"]
        tail = frame.information
    return " ".join([*words, f"+{tail.hex()}"] if tail else words)


def output_words(output: Output, side: Side) -> str:
    """An output in words; frames begin with ">"."""
    match output:
        case Transmit(frame):
            return f"> {words_of(frame, side)}"
        case Established(by_peer, reset):
            return "established" + " by peer" * by_peer + " reset" * reset
        case Released(requested, by_peer):
            return "released" + " as requested" * requested + " by peer" * by_peer
        case Data(data):
            return f"data {data.hex()}".strip()
        case UnitData(data):
            return f"unit {data.hex()}"
        case Exchange(data, command, pf):
            return f"exchange {'command' if command else 'response'}{' P/F' * pf} {data.hex()}".strip()
        case Error(code, _):
            return f"error {code}"
        case AssignWanted():
            return "TEI wanted"


class Talk:
    """One link and the clock that it is shown."""

    def __init__(self, side: Side = Side.USER, settings: LapdSettings = SETTINGS) -> None:
        self.side = side
        self.link = LapdLink(side, settings)
        self.now = 0

    def drain(self) -> list[str]:
        """All pending outputs in words."""
        words = []
        while (output := self.link.poll_output()) is not None:
            words.append(output_words(output, self.side))
        return words

    def step(self, text: str) -> list[str]:
        """Do one thing: a request ("assign" gives TEI 0, "refuse" none), "expire" (the next deadline), or a
        frame from the peer. What came out.
        """
        link = self.link
        name, *words = text.split()
        octets = octets_of(words[0][1:]) if words and words[0][0] == "+" else b"\x08"
        if name == "establish":
            link.establish(self.now)
        elif name == "release":
            link.release(self.now)
        elif name == "data":
            link.send(octets, self.now)
        elif name == "unit":
            link.send_unit(octets, self.now)
        elif name in ("busy", "ready"):
            link.set_own_busy(name == "busy", self.now)
        elif name == "assign":
            link.assign(0, self.now)
        elif name == "remove":
            link.remove(self.now)
        elif name == "refuse":
            link.refuse_tei(self.now)
        elif name == "deactivate":
            link.deactivate(self.now)
        elif name == "expire":
            deadline = link.next_deadline()
            assert deadline is not None
            self.now = deadline
            link.handle_timer(self.now)
        else:
            link.receive(frame_of(text, self.side.peer), self.now)
        return self.drain()

    def steps(self, text: str) -> list[str]:
        """Several steps, separated by semicolons; what came out of the last."""
        out: list[str] = []
        for part in text.split(";"):
            if part.strip():
                out = self.step(part.strip())
        return out


REACH: dict[State, str] = {
    State.TEI_UNASSIGNED: "",
    State.ASSIGN_AWAITING_TEI: "unit +0809",
    State.ESTABLISH_AWAITING_TEI: "establish",
    State.TEI_ASSIGNED: "",
    State.AWAITING_ESTABLISHMENT: "establish",
    State.AWAITING_REESTABLISHMENT: "establish; UA F; FRMR F +0000000000",
    State.PENDING_RELEASE: "establish; release",
    State.AWAITING_RELEASE: "establish; UA F; release",
    State.MULTIPLE_FRAME_ESTABLISHED: "establish; UA F",
    State.TIMER_RECOVERY: "establish; UA F; expire",
}
"""How a fresh link is brought into each state."""


def reach(state: State, side: Side = Side.USER) -> Talk:
    """A conversation whose link has just come into `state`."""
    talk = Talk(side, AUTOMATIC if state in STATES_WITHOUT_TEI else SETTINGS)
    talk.steps(REACH[state])
    assert talk.link.state is state
    return talk
