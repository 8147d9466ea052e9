"""Integers in groups of seven bits with an extension bit before each (Q.931 4.5.1, group mechanism)."""

from __future__ import annotations


def read_septets(body: bytes, at: int, octets: int, limit: int) -> tuple[int, int, bool]:
    """(number, offset behind it, whether a build would write other octets).

    `octets` 0 means that the extension bits say how many. Raises IndexError when the octets end too early, or
    when there are more or fewer than `octets`.
    """
    end = at
    while body[end] < 0x80 and end + 1 < len(body):
        end += 1
    end += 1
    ended = body[end - 1] >= 0x80
    if octets and (end - at != octets or not ended):
        raise IndexError
    number = 0
    for octet in body[at:end]:
        number = number << 7 | octet & 0x7F
    if octets:
        return number % limit, end, number >= limit
    return number, end, not ended or (end - at > 1 and not body[at] & 0x7F)


def write_septets(number: int, octets: int, limit: int) -> bytes:
    """The octets of a number. Raises ValueError if it is negative or does not fit."""
    if number < 0 or (limit and number >= limit):
        raise ValueError
    groups = [number & 0x7F | 0x80]
    while (number := number >> 7) or len(groups) < octets:
        groups.append(number & 0x7F)
    return bytes(reversed(groups))
