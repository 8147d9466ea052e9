"""Errors of call control: requests of the local user that Q.931 does not allow where things stand.

They are raised before anything is changed or sent. What the peer does wrong never raises: clause 5.8 says
what becomes of it.
"""

from __future__ import annotations


class CallControlError(Exception):
    """Base of every error that call control raises on purpose."""


class ProtocolMisuse(CallControlError):
    """The call's state does not allow the request; `state` and `event` name both."""

    def __init__(self, state: str, event: str, subject: str) -> None:
        super().__init__(f"{subject} is in state {state}, which does not allow {event}")
        self.state = state
        self.event = event


class NoChannelAvailable(CallControlError):
    """The interface has no idle B-channel for the call, or not the one that was asked for exclusively.

    `channel` is the one asked for, None if any would have done.
    """

    def __init__(self, channel: int | None, why: str) -> None:
        super().__init__(why)
        self.channel = channel


class NoReferenceAvailable(CallControlError):
    """All 32,767 call references are in use (4.3)."""


class NotInVariant(CallControlError):
    """The switch variant of the interface does not have that message, or that element in it.

    `element` is None when it is the message that there is not.
    """

    def __init__(self, variant: str, message: str, element: str | None) -> None:
        what = f"{message} messages" if element is None else f"{element} in {message}"
        super().__init__(f"{variant} has no {what}: leave it out, or choose another switch variant")
        self.message = message
        self.element = element


class LinkNotEstablished(CallControlError):
    """The data link is not in multiple-frame operation: wait for it, or ask for it."""
