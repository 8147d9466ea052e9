"""Call references (Q.931 clause 4.3): the flag, the global value, and both sides taking the same channel."""

from __future__ import annotations

from trunkbench.trace.calls import peer_of
from trunkbench.trace.decoder import Decoded, message_name
from trunkbench.trace.explain.finding import Kind, Severity, name_of
from trunkbench.trace.explain.stories import Story
from trunkbench.trace.explain.theme import Theme
from trunkwire.q931.messages import MessageType as Type

FLAG = Kind(
    "reference-flag",
    "a call reference flag is wrong",
    Severity.FAULT,
    93,  # above what follows from it: for both sides the other does not answer
    "Q.931 4.3",
    "The flag is 0 in messages of the side that allocated the call reference and 1 in those of the other. "
    "With the wrong flag the message belongs to no call, and the peer ignores it or clears with cause 81.",
    ("the sender: it does not set the flag in answers, or sets it in its own calls",),
)
GLOBAL = Kind(
    "reference-global",
    "a message of one call has the global call reference",
    Severity.FAULT,
    74,
    "Q.931 4.3, 5.8.3.2",
    "Value 0 means all calls of the interface and is for RESTART, RESTART ACKNOWLEDGE and STATUS only; the "
    "peer answers anything else with STATUS, cause 81.",
    ("the sender: it has lost track of the call's reference, or counts references from 0",),
)

_INTERFACE = frozenset({Type.RESTART, Type.RESTART_ACKNOWLEDGE, Type.STATUS})
_ANSWERS = frozenset(
    {
        Type.SETUP_ACKNOWLEDGE,
        Type.CALL_PROCEEDING,
        Type.ALERTING,
        Type.CONNECT,
        Type.PROGRESS,
        Type.RELEASE_COMPLETE,
    }
)


class ReferenceTheme(Theme):
    """Watches call references."""

    checked = "call references"
    kinds = (FLAG, GLOBAL)

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """Any message."""
        message, sender = frame.message, frame.end
        if message is None:
            return
        name = message_name(message.type)
        if story is None:
            known = isinstance(message.type, Type) and message.type not in _INTERFACE
            if message.reference_length and not message.reference and known:
                self.book.add(GLOBAL, frame, f"{name} with call reference 0", side=sender)
            return
        if message.type == Type.SETUP and message.to_originator:
            text = f"SETUP with flag 1: {name_of(sender)} allocates its own reference and has to send 0"
            self.book.add(FLAG, frame, text, side=sender, call=story.name)
        if story.latest is not None or message.type not in _ANSWERS or sender is None:
            return
        key = story.call.key
        allocator = peer_of(key[3]) if key[3] else None
        other = self.stories.get((key[0], key[1], key[2], allocator, key[4]))
        # A call of the other flag that waits for just this side's first answer: no chance reuse of a number.
        if other is not None and other.whole and other.live and other.answered is None:
            text = (
                f"{name} for reference {key[2]} with flag {int(message.to_originator)}, "
                f"where the call that waits for it has {int(not message.to_originator)}"
            )
            numbers = (other.setups[0].number,)
            self.book.add(FLAG, frame, text, side=sender, call=other.name, frames=numbers)
            story.misled = other.misled = True
