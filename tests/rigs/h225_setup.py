"""A SETUP of H.225.0 in aligned packed encoding (X.691), put together bit by bit, with one alias address."""

from __future__ import annotations


def setup_information(alias: str) -> bytes:
    """H323-UserInformation with a Setup-UUIE whose extension 25 holds one alias address, given as bits."""
    head = bits("0 0" + "0 0" + "0 000" + "1 0000000") + b"\x06\x00\x08\x91\x4a\x00\x04"
    endpoint = bits("0 000000 0 0" + "0") + bytes(range(16))
    goal_and_type = "0 00" + "0 00"
    additions = "0 011001" + "0" * 25 + "1"
    address = b"\x01" + bits("0 00" + alias)
    return head + endpoint + bits(goal_and_type + additions) + bytes((len(address),)) + address


def bits(text: str) -> bytes:
    """Bits, the first the most significant, with zeros up to a whole octet."""
    text = text.replace(" ", "")
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")
