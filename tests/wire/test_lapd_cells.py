"""Every cell of the LAPD table, on both sides: what comes out, the state that follows, the timers that run.

The expectations are written from Q.921 Annex B, not from the table: a row that is lost or wrong fails here.
A line is `steps | outputs of the last step | state | timers`; empty fields mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from lapd_talk import reach

from trunkwire.lapd import Event, LapdMisuse, State
from trunkwire.lapd.events import (
    LOCAL_EVENTS,
    MANAGEMENT_EVENTS,
    REMOTE_EVENTS,
    STATES_WITHOUT_TEI,
    TIMER_EVENTS,
)
from trunkwire.lapd.table import TABLE, Row, compile_table
from trunkwire.side import Side

S = State
NAMES = {
    "1": S.TEI_UNASSIGNED,
    "2": S.ASSIGN_AWAITING_TEI,
    "3": S.ESTABLISH_AWAITING_TEI,
    "4": S.TEI_ASSIGNED,
    "5.0": S.AWAITING_ESTABLISHMENT,
    "5.1": S.AWAITING_REESTABLISHMENT,
    "5.2": S.PENDING_RELEASE,
    "6": S.AWAITING_RELEASE,
    "7": S.MULTIPLE_FRAME_ESTABLISHED,
    "8": S.TIMER_RECOVERY,
}

IGNORED = """
FRMR F +0000000000      |                   | =  | =
I command ns=0 nr=0     |                   | =  | =
I command P ns=5 nr=9   |                   | =  | =
RR command P nr=0       |                   | =  | =
RR response F nr=0      |                   | =  | =
RNR command P nr=0      |                   | =  | =
RNR response F nr=0     |                   | =  | =
REJ command P nr=0      |                   | =  | =
REJ response F nr=0     |                   | =  | =
"""
ALWAYS = """
unit +0809              | > UI +0809        | =  | =
UI +0102                | unit 0102         | =  | =
XID P +82               | exchange command P/F 82 | = | =
XID response F +82      | exchange response P/F 82 | = | =
"""
ERRORS = """
SABME P +00             | error M | = | =
DM F +00                | error M | = | =
RR command nr=0 +00     | error N | = | =
FRMR F +00              | error N | = | =
I response ns=0 nr=0    | error L | = | =
control:2f command      | error L | = | =
control:0d +00 command  | error L | = | =
control:7f response     | error L | = | =
control:73 command      | error L | = | =
UI +*261                | error O | = | =
"""

CELLS = {
    "1": """
establish  | TEI wanted                | 3   |
release    | released as requested     | 1   |
unit +0809 | TEI wanted                | 2   |
assign     |                           | 4   |
deactivate |                           | 1   |
SABME P    |                           | 1   |
UI +08     |                           | 1   |
""",
    "2": """
establish  |                           | 3   |
establish; assign | > SABME P; > UI +0809 | 5.0 | T200
release    | released as requested     | 2   |
unit +0a   |                           | 2   |
unit +0a; assign | > UI +0809; > UI +0a | 4  |
assign     | > UI +0809                | 4   |
assign; SABME P | > UA F; established by peer | 7 | T203
refuse     |                           | 1   |
refuse; assign |                       | 4   |
deactivate |                           | 1   |
deactivate; assign |                   | 4   |
SABME P    |                           | 2   |
""",
    "3": """
release    | released as requested     | 2   |
release; assign |                      | 4   |
unit +0a   |                           | 3   |
unit +0a; assign | > SABME P; > UI +0a | 5.0 | T200
assign     | > SABME P                 | 5.0 | T200
refuse     | released                  | 1   |
unit +0a; refuse; assign |             | 4   |
deactivate | released                  | 1   |
unit +0a; deactivate; assign |         | 4   |
SABME P    |                           | 3   |
""",
    "4": IGNORED + ALWAYS + ERRORS + """
remove     |                           | 1   |
remove; UA F |                         | 1   |
deactivate |                           | 4   |
establish  | > SABME P                 | 5.0 | T200
release    | released as requested     | 4   |
SABME P    | > UA F; established by peer | 7 | T203
SABME      | > UA; established by peer | 7   | T203
DISC P     | > DM F                    | 4   |
DISC       | > DM                      | 4   |
UA         | error D                   | 4   |
UA F       | error C                   | 4   |
DM         | > SABME P                 | 5.0 | T200
DM F       |                           | 4   |
""",
    "5.0": IGNORED + ALWAYS + ERRORS + """
remove     | released | 1 |
deactivate | released | 4 |
establish  |                           | 5.0 | T200
release    |                           | 5.2 | T200
expire     | > SABME P                 | 5.0 | T200
expire; expire; expire | error G; released | 4 |
SABME P    | > UA F                    | 5.0 | T200
DISC P     | > DM F                    | 5.0 | T200
UA         | error D                   | 5.0 | T200
UA F       | established               | 7   | T203
DM         |                           | 5.0 | T200
DM F       | released by peer          | 4   |
""",
    "5.1": IGNORED + ALWAYS + ERRORS + """
remove     | released | 1 |
deactivate | released | 4 |
data; deactivate; establish; UA F | established | 7 | T203
data; remove; assign; establish; UA F | established | 7 | T203
establish  |                           | 5.0 | T200
data; establish; UA F | established    | 7   | T203
release    |                           | 5.2 | T200
data       |                           | 5.1 | T200
data +61; UA F | > I ns=0 nr=0 +61     | 7   | T200
expire     | > SABME P                 | 5.1 | T200
expire; expire; expire | error G; released | 4 |
SABME P    | > UA F                    | 5.1 | T200
DISC P     | > DM F                    | 5.1 | T200
UA         | error D                   | 5.1 | T200
UA F       |                           | 7   | T203
DM         |                           | 5.1 | T200
DM F       | released by peer          | 4   |
data; DM F; establish; UA F | established | 7 | T203
data; expire; expire; expire; establish; UA F | established | 7 | T203
""",
    "5.2": IGNORED + ALWAYS + ERRORS + """
remove     | released as requested | 1 |
deactivate | released as requested | 4 |
expire     | > SABME P                 | 5.2 | T200
expire; expire; expire | error G; released as requested | 4 |
SABME P    | > UA F                    | 5.2 | T200
DISC P     | > DM F                    | 5.2 | T200
UA         | error D                   | 5.2 | T200
UA F       | > DISC P                  | 6   | T200
DM         |                           | 5.2 | T200
DM F       | released as requested     | 4   |
""",
    "6": IGNORED + ALWAYS + ERRORS + """
remove     | released as requested | 1 |
deactivate | released as requested | 4 |
expire     | > DISC P                  | 6   | T200
expire; expire; expire | error H; released as requested | 4 |
SABME P    | > DM F                    | 6   | T200
DISC P     | > UA F                    | 6   | T200
UA         | error D                   | 6   | T200
UA F       | released as requested     | 4   |
DM         |                           | 6   | T200
DM F       | released as requested     | 4   |
""",
    "7": ALWAYS + """
remove     | released                  | 1   |
data; remove; assign; establish; UA F | established | 7 | T203
deactivate | released                  | 4   |
data; deactivate; establish; UA F | established | 7 | T203
establish  | > SABME P                 | 5.0 | T200
data; establish; UA F | established    | 7   | T203
release    | > DISC P                  | 6   | T200
data +61   | > I ns=0 nr=0 +61         | 7   | T200
data; data; data |                     | 7   | T200
busy       | > RNR response nr=0       | 7   | T203
busy; busy |                           | 7   | T203
ready      |                           | 7   | T203
busy; ready | > RR response nr=0       | 7   | T203
data; expire | > RR command P nr=0     | 8   | T200
busy; data; expire | > RNR command P nr=0 | 8 | T200
expire     | > RR command P nr=0       | 8   | T200
SABME P    | > UA F; error F           | 7   | T203
data; SABME P | > UA F; error F; established by peer reset | 7 | T203
I command ns=0 nr=0; SABME P; I command ns=0 nr=0 | data ; > RR response nr=1 | 7 | T203
DISC P     | > UA F; released by peer  | 4   |
data; DISC P; SABME P | > UA F; established by peer | 7 | T203
UA         | error D                   | 7   | T203
UA F       | error C                   | 7   | T203
DM         | error E; > SABME P        | 5.1 | T200
DM F       | error B                   | 7   | T203
FRMR F +0000000000 | error K; > SABME P | 5.1 | T200
FRMR +0000000000 | error K; > SABME P  | 5.1 | T200
I command ns=0 nr=0 +61 | data 61; > RR response nr=1 | 7 | T203
I command P ns=0 nr=0 +61 | data 61; > RR response F nr=1 | 7 | T203
I command ns=1 nr=0 | > REJ response nr=0 | 7 | T203
I command P ns=1 nr=0 | > REJ response F nr=0 | 7 | T203
I command ns=1 nr=0; I command ns=2 nr=0 | | 7 | T203
I command ns=1 nr=0; I command P ns=2 nr=0 | > RR response F nr=0 | 7 | T203
I command ns=1 nr=0; I command ns=0 nr=0; I command ns=2 nr=0 | > REJ response nr=1 | 7 | T203
busy; I command ns=0 nr=0 |            | 7   | T203
busy; I command P ns=0 nr=0 | > RNR response F nr=0 | 7 | T203
data; I command ns=0 nr=1 +61 | data 61; > RR response nr=1 | 7 | T203
data; RNR response nr=0; I command ns=0 nr=1 +61 | data 61; > RR response nr=1 | 7 | T200
I command ns=0 nr=1 +61 | data 61; error J; > SABME P | 5.1 | T200
RR command nr=0    |                   | 7   | T203
RR command P nr=0  | > RR response F nr=0 | 7 | T203
busy; RR command P nr=0 | > RNR response F nr=0 | 7 | T203
RR response nr=0   |                   | 7   | T203
RR response F nr=0 | error A           | 7   | T203
RR response nr=1   | error J; > SABME P | 5.1 | T200
data; RR response nr=1 |               | 7   | T203
data; data; RR response nr=1 |         | 7   | T200
data; data; data +63; RR response nr=1 | > I ns=2 nr=0 +63 | 7 | T200
data; RR response F nr=1 | error A     | 7   | T203
RNR response nr=0  |                   | 7   | T200
RNR command P nr=0 | > RR response F nr=0 | 7 | T200
RNR response F nr=0 | error A          | 7   | T200
RNR response nr=1  | error J; > SABME P | 5.1 | T200
RNR response nr=0; data |              | 7   | T200
RNR response nr=0; data +61; RR response nr=0 | > I ns=0 nr=0 +61 | 7 | T200
RNR response nr=0; expire | > RR command P nr=0 | 8 | T200
RNR response F nr=0; data |            | 7   | T200
data +61; REJ response nr=0 | > I ns=0 nr=0 +61 | 7 | T200
data; data +62; REJ response nr=1 | > I ns=1 nr=0 +62 | 7 | T200
data; REJ response nr=1 |              | 7   | T203
data +61; REJ command P nr=0 | > RR response F nr=0; > I ns=0 nr=0 +61 | 7 | T200
data +61; REJ response F nr=0 | error A; > I ns=0 nr=0 +61 | 7 | T200
REJ response nr=1  | error J; > SABME P | 5.1 | T200
data +61; RNR response nr=0; REJ response nr=0 | > I ns=0 nr=0 +61 | 7 | T200
data +61; RNR response nr=0; REJ response F nr=0 | error A; > I ns=0 nr=0 +61 | 7 | T200
""",
    "8": ALWAYS + """
remove     | released                  | 1   |
data; remove; assign; establish; UA F | established | 7 | T203
deactivate | released                  | 4   |
data; deactivate; establish; UA F | established | 7 | T203
establish  | > SABME P                 | 5.0 | T200
data; establish; UA F | established    | 7   | T203
release    | > DISC P                  | 6   | T200
data       |                           | 8   | T200
busy       | > RNR response nr=0       | 8   | T200
busy; ready | > RR response nr=0       | 8   | T200
ready      |                           | 8   | T200
expire     | > RR command P nr=0       | 8   | T200
expire; expire; expire | error I; > SABME P | 5.1 | T200
SABME P    | > UA F; error F           | 7   | T203
data +61; SABME P | > UA F; error F; > I ns=0 nr=0 +61 | 7 | T200
DISC P     | > UA F; released by peer  | 4   |
data; DISC P; SABME P | > UA F; established by peer | 7 | T203
UA         | error D                   | 8   | T200
UA F       | error C                   | 8   | T200
DM         | error E; > SABME P        | 5.1 | T200
DM F       | error B; > SABME P        | 5.1 | T200
FRMR F +0000000000 | error K; > SABME P | 5.1 | T200
I command ns=0 nr=0 +61 | data 61; > RR response nr=1 | 8 | T200
I command P ns=1 nr=0 | > REJ response F nr=0 | 8 | T200
I command ns=0 nr=1 +61 | data 61; error J; > SABME P | 5.1 | T200
RR command P nr=0  | > RR response F nr=0 | 8 | T200
RR response nr=0   |                   | 8   | T200
RR response nr=1   | error J; > SABME P | 5.1 | T200
RR response F nr=0 |                   | 7   | T203
RR response F nr=1 | error J; > SABME P | 5.1 | T200
data +61; RR response F nr=0 | > I ns=0 nr=0 +61 | 7 | T200
RNR response nr=0; data; RR response F nr=0 | > I ns=0 nr=0 +08 | 7 | T200
RNR command P nr=0 | > RR response F nr=0 | 8 | T200
RNR response nr=1  | error J; > SABME P | 5.1 | T200
RNR response F nr=0 |                  | 7   | T200
data; RNR response F nr=0 |            | 7   | T200
RNR response F nr=1 | error J; > SABME P | 5.1 | T200
REJ command P nr=0 | > RR response F nr=0 | 8 | T200
REJ response nr=1  | error J; > SABME P | 5.1 | T200
REJ response F nr=0 |                  | 7   | T203
data +61; REJ response F nr=0 | > I ns=0 nr=0 +61 | 7 | T200
REJ response F nr=1 | error J; > SABME P | 5.1 | T200
""",
}  # fmt: skip

# In states 7 and 8 a frame error re-establishes the link (5.8.5).
for _state in ("7", "8"):
    for _line in ERRORS.strip().splitlines():
        _steps, _out, _, _ = (field.strip() for field in _line.split("|"))
        CELLS[_state] += f"{_steps} | {_out}; > SABME P | 5.1 | T200\n"
    CELLS[_state] += "I command ns=0 nr=0 +*261 | error O; > SABME P | 5.1 | T200\n"


def cells() -> Iterator[tuple[str, str, list[str], str, str]]:
    """(state, steps, outputs, next state, timers) of each line."""
    for state, text in CELLS.items():
        before = "" if state in "1234" else "T203" if state == "7" else "T200"
        for line in filter(str.strip, text.splitlines()):
            steps, out, following, timers = (field.strip() for field in line.split("|"))
            yield (
                state,
                steps,
                [word.strip() for word in out.split(";") if word.strip()],
                state if following == "=" else following,
                before if timers == "=" else timers,
            )


ALL = list(cells())


@pytest.mark.parametrize("side", list(Side), ids=lambda side: side.value)
@pytest.mark.parametrize(
    ("state", "steps", "out", "following", "timers"), ALL, ids=[f"{c[0]}: {c[1]}" for c in ALL]
)
def test_cell(state: str, steps: str, out: list[str], following: str, timers: str, side: Side) -> None:
    talk = reach(NAMES[state], side)
    assert talk.steps(steps) == out
    assert talk.link.state is NAMES[following]
    assert " ".join(talk.link.armed_timers()) == timers


MISUSE = {
    "1": "data busy ready remove refuse",
    "2": "data busy ready remove",
    "3": "establish data busy ready remove",
    "4": "data busy ready assign refuse",
    "5.0": "data busy ready assign refuse",
    "5.1": "busy ready assign refuse",
    "5.2": "establish release data busy ready assign refuse",
    "6": "establish release data busy ready assign refuse",
    "7": "assign refuse",
    "8": "assign refuse",
}


@pytest.mark.parametrize(
    ("state", "request_"), [(state, word) for state, words in MISUSE.items() for word in words.split()]
)
def test_misuse_names_state_and_event_and_changes_nothing(state: str, request_: str) -> None:
    talk = reach(NAMES[state])
    before = (talk.link.armed_timers(), talk.link.next_deadline(), talk.link.variables, talk.link.queued)
    with pytest.raises(LapdMisuse, match=rf"state {NAMES[state].number} .*not allowed now") as error:
        talk.step(request_)
    assert error.value.state is NAMES[state]
    after = (talk.link.armed_timers(), talk.link.next_deadline(), talk.link.variables, talk.link.queued)
    assert (talk.link.state, after, talk.drain()) == (NAMES[state], before, [])


class _Recorder(dict[Event, Row]):
    """The rows of a state, noting which were looked up."""

    def __init__(self, rows: Mapping[Event, Row], seen: set[tuple[State, Event]]) -> None:
        super().__init__(rows)
        self.seen = seen

    def get(self, key: Event, default: object = None) -> Row:
        row = self[key]
        self.seen.add((row.state, key))
        return row


def test_every_cell_of_the_table_is_exercised_and_none_is_missing() -> None:
    seen: set[tuple[State, Event]] = set()
    transitions = compile_table(TABLE)
    for state, steps, *_ in ALL:
        talk = reach(NAMES[state])
        talk.link._transitions = {key: _Recorder(rows, seen) for key, rows in transitions.items()}
        talk.steps(steps)
    assert seen == {(row.state, row.event) for row in TABLE}
    with_tei = set(State) - STATES_WITHOUT_TEI
    wanted = {(state, event) for state in with_tei for event in (*REMOTE_EVENTS, Event.REMOVE)}
    wanted |= {(state, event) for state in State for event in (Event.UNIT_DATA, Event.DEACTIVATE)}
    assert wanted <= seen


def test_the_table_is_sound() -> None:
    assert {row.event for row in TABLE} == set(Event)
    groups = (LOCAL_EVENTS, MANAGEMENT_EVENTS, TIMER_EVENTS, REMOTE_EVENTS, {Event.NR_ERROR})
    assert sorted(event for group in groups for event in group) == sorted(Event)
    assert all(row.clause for row in TABLE)
    with pytest.raises(ValueError, match="two rows for ESTABLISH in state 1 TEI"):
        compile_table((*TABLE, TABLE[0]))
