"""Every cell of the tables of TEI management (Q.921 5.3), of a terminal and of the network, in conversations.

The expectations are written from the Recommendation, not from the tables. A line is
`steps | outputs of the last step | state | timer`; "=" is the state before.
"""

from __future__ import annotations

from typing import Any

import pytest
from lapd_bus import MULTIPOINT, Draw, Recorder, lines, management_words

from trunkwire.lapd import LapdSettings, Transmit, assignment, terminal
from trunkwire.lapd.assignment import AssignmentPoint, TeiState
from trunkwire.lapd.management import ManagementMessage, ManagementType
from trunkwire.lapd.primitives import AssignRequest, ErrorResponse, Primitive, RemoveRequest
from trunkwire.lapd.terminal import Terminal, TerminalState

TYPES = {kind.name.lower().replace("identity_", "").replace("_", " "): kind for kind in ManagementType}


def message_of(text: str) -> ManagementMessage:
    """ "check request ri=0 ai=64" as a message; Ri is 0 unless said, Ai 64."""
    name = text.split(" ri=")[0].split(" ai=")[0]
    values = {word[:2]: int(word[3:]) for word in text.split() if word[:3] in ("ri=", "ai=")}
    return ManagementMessage(type=TYPES[name], reference=values.get("ri", 0), tei=values.get("ai", 64))


def primitive_words(primitive: Primitive) -> str:
    match primitive:
        case Transmit(frame):
            return f"> {management_words(frame)}".replace("identity ", "")
        case AssignRequest(tei):
            return f"assign {tei}"
        case RemoveRequest(tei):
            return f"remove {tei}"
        case ErrorResponse():
            return "error response"


class Conversation:
    """One of the two machines, its clock, and steps in words."""

    def __init__(self, machine: Terminal | AssignmentPoint) -> None:
        self.machine = machine
        self.now = 0

    def step(self, text: str) -> list[str]:
        machine: Any = self.machine
        name, *words = text.split()
        if name == "expire":
            deadline = machine.next_deadline()
            assert deadline is not None
            self.now = deadline
            machine.handle_timer(self.now)
        elif name in ("want", "verify!", "deactivate"):
            getattr(machine, name.rstrip("!"))(self.now)
        elif name in ("check!", "remove!", "seen"):
            getattr(machine, name.rstrip("!"))(None if words[0] == "all" else int(words[0]), self.now)
        else:
            machine.receive(message_of(text), self.now)
        return [primitive_words(machine.outputs.popleft()) for _ in range(len(machine.outputs))]

    def steps(self, text: str) -> list[str]:
        out: list[str] = []
        for part in filter(str.strip, text.split(";")):
            out = self.step(part.strip())
        return out


# A terminal. Its first identity request bears Ri 1001, the next 1002, and so on.

HELD = "want; assigned ri=1001"
TERMINAL_REACH = {
    "no TEI": "",
    "awaiting TEI": "want",
    "TEI held": HELD,
    "verifying TEI": f"{HELD}; verify!",
    "verifying TEI again": f"{HELD}; verify!; expire",
}
NOT_OURS = """
assigned ri=7 ai=70     |                             | = | {timer}
check request ai=65     |                             | = | {timer}
remove ai=65            |                             | = | {timer}
denied ri=7 ai=127      |                             | = | {timer}
request ri=7 ai=127     |                             | = | {timer}
check response ri=7     |                             | = | {timer}
verify                  |                             | = | {timer}
"""
VERIFYING = (
    NOT_OURS.format(timer="T202")
    + """
verify!                 |                             | = | T202
assigned ri=7 ai=64     |                             | = | T202
check request ai=64     | > check response ri=1002 ai=64 | TEI held |
check request ai=127    | > check response ri=1002 ai=64 | TEI held |
remove ai=64            | remove 64                   | no TEI |
remove ai=127           | remove 64                   | no TEI |
remove; want            | > request ri=1002 ai=127    | awaiting TEI | T202
deactivate              |                             | TEI held |
"""
)
TERMINAL_CELLS = {
    "no TEI": NOT_OURS.format(timer="")
    + """
want                    | > request ri=1001 ai=127    | awaiting TEI | T202
verify!                 |                             | = |
check request ai=127    |                             | = |
remove ai=127           |                             | = |
deactivate              |                             | = |
""",
    "awaiting TEI": NOT_OURS.format(timer="T202")
    + """
want                    |                             | = | T202
expire                  | > request ri=1002 ai=127    | = | T202
expire; assigned ri=1001 |                            | = | T202
expire; assigned ri=1002 | assign 64                  | TEI held |
expire; expire          | > request ri=1003 ai=127    | = | T202
expire; expire; expire  | error response              | no TEI |
expire; expire; expire; want; expire; expire | > request ri=1006 ai=127 | awaiting TEI | T202
assigned ri=1001 ai=126 | assign 126                  | TEI held |
assigned ri=1001 ai=127 |                             | = | T202
assigned ri=1001 ai=63  |                             | = | T202
denied ri=1001 ai=127   |                             | = | T202
denied ri=1001 ai=127; expire | > request ri=1002 ai=127 | = | T202
check request ai=127    |                             | = | T202
remove ai=127           |                             | = | T202
deactivate              |                             | no TEI |
deactivate; want        | > request ri=1002 ai=127    | = | T202
""",
    "TEI held": NOT_OURS.format(timer="")
    + """
verify!                 | > verify ai=64              | verifying TEI | T202
assigned ri=7 ai=64     | > verify ai=64              | verifying TEI | T202
assigned ri=1001 ai=64  |                             | = |
check request ai=64     | > check response ri=1002 ai=64 | = |
check request ai=127    | > check response ri=1002 ai=64 | = |
remove ai=64            | remove 64                   | no TEI |
remove ai=127           | remove 64                   | no TEI |
remove; want            | > request ri=1002 ai=127    | awaiting TEI | T202
deactivate              |                             | = |
""",
    "verifying TEI": VERIFYING
    + """
expire                  | > verify ai=64              | verifying TEI again | T202
""",
    "verifying TEI again": VERIFYING
    + """
expire                  | remove 64                   | no TEI |
""",
}
TERMINAL_LINES = list(lines(TERMINAL_CELLS))
TERMINAL_STATES = {state.title.replace("no tei", "no TEI"): state for state in TerminalState}


def a_terminal(state: str) -> Conversation:
    talk = Conversation(Terminal(MULTIPOINT, Draw()))
    talk.steps(TERMINAL_REACH[state])
    assert isinstance(talk.machine, Terminal)
    assert talk.machine.state is TERMINAL_STATES[state]
    return talk


@pytest.mark.parametrize(
    ("state", "steps", "out", "following", "timer"),
    TERMINAL_LINES,
    ids=[f"{line[0]}: {line[1]}" for line in TERMINAL_LINES],
)
def test_terminal(state: str, steps: str, out: list[str], following: str, timer: bool) -> None:
    talk = a_terminal(state)
    assert talk.steps(steps) == out
    machine = talk.machine
    assert isinstance(machine, Terminal)
    assert machine.state is TERMINAL_STATES[following]
    assert (machine.t202 is not None) is timer
    if timer and steps in ("want", "expire", "verify!"):
        assert machine.next_deadline() in (talk.now + MULTIPOINT.t202, MULTIPOINT.t202)


def test_a_fixed_tei_is_there_from_the_start_and_taken_again_after_removal() -> None:
    talk = Conversation(Terminal(LapdSettings(tei=5), None))
    assert talk.step("check request ai=5") == ["> check response ai=5"]
    assert talk.step("remove ai=5") == ["remove 5"]
    assert talk.step("check request ai=5") == []
    assert talk.step("want") == ["assign 5"]
    assert talk.step("verify!") == ["> verify ai=5"]


# The network, seen by what it does about TEI 64 (or 5, which is fixed)

GIVEN = "request ri=9 ai=127"
NETWORK_REACH = {
    "free": "",
    "assigned": GIVEN,
    "checking": f"{GIVEN}; check! 64",
    "checking again": f"{GIVEN}; check! 64; expire",
}
GONE = "remove 64; > remove ai=64; > remove ai=64"
CHECKED = f"""
check! 64                |                            | = | T201
check! all               |                            | = | T201
request ri=9 ai=127      |                            | = | T201
verify ai=64             |                            | = | T201
seen 64                  |                            | = | T201
check response ri=5      |                            | = | T201
check response ri=5; check response ri=6 | {GONE}     | free |
check response ri=5; check response ri=5 | {GONE}     | free |
check response; check response           | {GONE}     | free |
remove! 64               | {GONE}                     | free |
check response ri=5 ai=127 |                          | = | T201
"""
NETWORK_CELLS = {
    "free": """
request ri=9 ai=127      | assign 64; > assigned ri=9 ai=64 | assigned |
request ri=9 ai=80       | > denied ri=9 ai=80        | = |
request ri=9 ai=5        |                            | = |
check! 64                | > check request ai=64      | checking | T201
remove! 64               | > remove ai=64; > remove ai=64 | = |
verify ai=64             | > check request ai=64      | checking | T201
verify ai=127            |                            | = |
seen 64                  | > check request ai=64      | checking | T201
seen 5                   | assign 5                   | = |
seen 5; check! 5         | > check request ai=5       | = | T201
check! 5; seen 5         | assign 5                   | = | T201
check! 5; expire; seen 5 | assign 5                   | = | T201
check response ri=5      |                            | = |
check! all               |                            | = |
seen 64; check response ri=5; expire; expire | assign 64 | assigned |
check! 64; expire; expire | remove 64                 | = |
remove ai=64             |                            | = |
""",
    "assigned": f"""
check! 64                | > check request ai=64      | checking | T201
check! all               | > check request ai=127     | checking | T201
check! all; expire       | > check request ai=127     | checking again | T201
request ri=8 ai=127; check! all | > check request ai=127 | checking | T201
check! all; verify ai=80 | > check request ai=80      | checking | T201
check! all; check response; expire; expire; verify ai=64 | > check request ai=64 | checking | T201
remove! 64               | {GONE}                     | free |
verify ai=64             | > check request ai=64      | checking | T201
request ri=9 ai=127      | > check request ai=64      | checking | T201
request ri=8 ai=127      | assign 65; > assigned ri=8 ai=65 | = |
check response ri=5      |                            | = |
remove! 64; request ri=9 ai=127 | assign 65; > assigned ri=9 ai=65 | free |
""",
    "checking": CHECKED
    + """
expire                   | > check request ai=64      | checking again | T201
check! all; expire       | > check request ai=64      | checking again | T201
check response ri=5; expire | > check request ai=64   | checking again | T201
check response ri=5; expire; check response ri=6 |    | checking again | T201
""",
    "checking again": CHECKED
    + """
expire                   | remove 64                  | free |
check response ri=5; expire | assign 64               | assigned |
check response ri=5; expire; check! 64; expire; expire | remove 64 | free |
check response ri=5; expire; check! all | > check request ai=127 | checking | T201
""",
}
NETWORK_LINES = list(lines(NETWORK_CELLS))


def a_network(state: str) -> Conversation:
    talk = Conversation(AssignmentPoint(MULTIPOINT))
    talk.steps(NETWORK_REACH[state])
    assert state_of_64(talk) == state
    return talk


def state_of_64(talk: Conversation) -> str:
    assert isinstance(talk.machine, AssignmentPoint)
    entry = talk.machine.entries.get(64)
    return (TeiState.FREE if entry is None else entry.state).title


@pytest.mark.parametrize(
    ("state", "steps", "out", "following", "timer"),
    NETWORK_LINES,
    ids=[f"{line[0]}: {line[1]}" for line in NETWORK_LINES],
)
def test_network(state: str, steps: str, out: list[str], following: str, timer: bool) -> None:
    talk = a_network(state)
    assert talk.steps(steps) == out
    assert state_of_64(talk) == following
    assert (talk.machine.next_deadline() is not None) is timer
    if timer and steps in ("check! 64", "expire") and out:
        assert talk.machine.next_deadline() == talk.now + MULTIPOINT.t201


def test_an_answer_of_the_first_period_counts_after_a_silent_second() -> None:
    talk = a_network("checking")
    assert talk.steps("check response ri=5; expire; expire") == ["assign 64"]
    assert state_of_64(talk) == "assigned"


def test_a_request_is_new_again_once_t202_has_passed() -> None:
    talk = a_network("assigned")
    talk.now = MULTIPOINT.t202 - 1
    assert talk.step("request ri=9 ai=127") == ["> check request ai=64"]
    talk = a_network("assigned")
    talk.now = MULTIPOINT.t202
    assert talk.step("request ri=9 ai=127") == ["assign 65", "> assigned ri=9 ai=65"]


def test_teis_are_given_in_turn_denied_when_there_is_none_and_then_audited() -> None:
    talk = Conversation(AssignmentPoint(MULTIPOINT))
    for number in range(63):
        tei = 64 + number
        wanted = [f"assign {tei}", f"> assigned ri={number + 1} ai={tei}"]
        assert talk.step(f"request ri={number + 1} ai=127") == wanted
    assert talk.step("request ri=64 ai=127") == ["> denied ri=64 ai=127", "> check request ai=127"]
    for tei in range(64, 127):
        if tei != 100:
            talk.step(f"check response ri={tei} ai={tei}")
    assert talk.step("expire") == ["> check request ai=127"]
    assert talk.step("expire") == ["remove 100" if tei == 100 else f"assign {tei}" for tei in range(64, 127)]
    assert talk.step("request ri=65 ai=127") == ["assign 100", "> assigned ri=65 ai=100"]


def test_the_next_tei_is_the_next_free_one_after_the_last() -> None:
    talk = Conversation(AssignmentPoint(MULTIPOINT))
    for number in range(63):
        talk.step(f"request ri={number + 1} ai=127")
    talk.steps("remove! 70; remove! 90")
    assert talk.step("request ri=64 ai=127")[0] == "assign 70"
    talk.step("remove! 70")
    assert talk.step("request ri=65 ai=127")[0] == "assign 90"


@pytest.mark.parametrize("step", ["check! 64", "seen 64", "verify ai=64"])
def test_t201_runs_from_the_request(step: str) -> None:
    talk = Conversation(AssignmentPoint(MULTIPOINT))
    talk.now = 777
    assert talk.step(step) == ["> check request ai=64"]
    assert talk.machine.next_deadline() == 777 + MULTIPOINT.t201


@pytest.mark.parametrize("before", ["", f"{HELD}; verify!", HELD])
def test_t202_runs_from_the_request(before: str) -> None:
    talk = Conversation(Terminal(MULTIPOINT, Draw()))
    talk.steps(before)
    talk.now = 777
    assert talk.steps("remove; want" if before else "want")[0].startswith("> request")
    assert talk.machine.next_deadline() == 777 + MULTIPOINT.t202


# The tables themselves


@pytest.mark.parametrize("module", [terminal, assignment], ids=["terminal", "network"])
def test_every_row_is_exercised(module: Any) -> None:
    seen: set[tuple[str, str]] = set()
    of_terminal = module is terminal
    table = module.compile_table(module.TABLE)
    for state, steps, *_ in TERMINAL_LINES if of_terminal else NETWORK_LINES:
        talk = a_terminal(state) if of_terminal else a_network(state)
        machine: Any = talk.machine
        machine._transitions = {key: Recorder(rows, seen) for key, rows in table.items()}
        talk.steps(steps)
    rows = {(row.state.name, row.event.name) for row in module.TABLE}
    assert rows - seen == ({("NO_TEI", "WANTED_FIXED")} if of_terminal else set())  # it has its own test
    assert all(row.clause for row in module.TABLE)
    with pytest.raises(ValueError, match="two rows for"):
        module.compile_table((*module.TABLE, module.TABLE[0]))


@pytest.mark.parametrize("late", [0, 1])
@pytest.mark.parametrize(
    ("machine", "before"),
    [("terminal", "want"), ("terminal", f"{HELD}; verify!"), ("network", f"{GIVEN}; check! 64")],
)
def test_a_timer_expires_at_its_tick_and_not_before(machine: str, before: str, late: int) -> None:
    talk = a_terminal("no TEI") if machine == "terminal" else a_network("free")
    talk.steps(before)
    deadline = talk.machine.next_deadline()
    length = MULTIPOINT.t202 if machine == "terminal" else MULTIPOINT.t201
    assert deadline == length
    talk.machine.handle_timer(deadline - 1)
    assert not talk.machine.outputs
    talk.machine.handle_timer(deadline + late)
    assert len(talk.machine.outputs) == 1
    assert talk.machine.next_deadline() == deadline + late + length
