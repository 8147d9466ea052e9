"""What a file that is no trace is, as far as its first octets tell; for the error that refuses it."""

from __future__ import annotations

import re

from trunkbench.trace.inputs.linktypes import name_of
from trunkbench.trace.inputs.packets import CAPTURES, link_types

_MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "an ELF program"),
    (b"MZ", "a DOS or Windows program"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive: unpack it first"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it first"),
    (b"BZh", "bzip2 data: unpack them first"),
    (b"\xfd7zXZ\x00", "xz data: unpack them first"),
    (b"\x04\x22\x4d\x18", "LZ4 data: unpack them first"),
    (b"\x1f\x8b", "gzip data within two layers of compression: unpack them first"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data within two layers of compression: unpack them first"),
    (b"\x1f\x9d", "data packed with compress: unpack them first"),
    (b"RIFF", "a RIFF file (such as WAV audio)"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an MP3 file"),
    (b"fLaC", "FLAC audio"),
    (b".snd", "Sun audio"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\xca\xfe\xba\xbe", "a Java class or Mach-O program"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O program"),
    (b"\x34\xcd\xb2\xa1", "a modified pcap capture: save it as pcapng"),
    (b"\xa1\xb2\xcd\x34", "a modified pcap capture: save it as pcapng"),
    (b"snoop\x00\x00\x00", "a snoop capture: save it as pcapng"),
    (b"btsnoop\x00", "a Bluetooth snoop capture"),
    (b"GMBU", "a Microsoft Network Monitor capture: save it as pcapng"),
    (b"RTSS", "a Microsoft Network Monitor 1 capture: save it as pcapng"),
    (b"TRSNIFF data", "a Network General Sniffer capture: save it as pcapng"),
    (b"XCP\x00", "a NetXRay capture: save it as pcapng"),
    (b"\x55\xaa\x05\xb0", "an Aethra capture"),
    (b"<!DOCTYPE html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"#!", "a script"),
    (b"\x25!PS", "a PostScript document"),
)
_TAR = (257, b"ustar")
_LINE = 60


def what_is(head: bytes) -> str:
    """A short description of a file that begins with `head`."""
    if not head:
        return "empty"
    for magic, words in _MAGICS:
        if head.startswith(magic):
            return words
    if head[_TAR[0] : _TAR[0] + len(_TAR[1])] == _TAR[1]:
        return "a tar archive: unpack it first"
    if not head.strip(b"\0"):
        return f"nothing but zeros ({len(head)} octets looked at)"
    if head.startswith(CAPTURES):
        return _capture(head)
    text = _as_text(head)
    if text is None or not re.search(r"\s", text):
        return f"of no known format (it begins with the octets {head[:8].hex(' ')})"
    stripped = text.strip()
    if re.match(r'\{\s*"|\[\s*[\[{"]', stripped):
        return f"JSON text that is no timeline of a call (it begins with {_quoted(stripped)})"
    if not stripped:
        return "text of nothing but white space"
    return f"plain text that is no log known here (it begins with {_quoted(stripped)})"


def _capture(head: bytes) -> str:
    kinds = ", ".join(f"{kind} ({name_of(kind)})" for kind in link_types(head))
    return f"a capture of link type {kinds}, which carries no D channel" if kinds else "a broken capture"


def _quoted(text: str) -> str:
    line = re.sub(r"[^\x20-\x7e]", "?", text.splitlines()[0])
    return f'"{line[:_LINE]}…"' if len(line) > _LINE else f'"{line}"'


def _as_text(head: bytes) -> str | None:
    """The octets as text, if they are one."""
    for encoding in ("utf-8", "utf-16") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8",):
        for cut in range(4):  # the last character may be cut
            try:
                text = head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            odd = sum(1 for sign in text if sign < " " and sign not in "\t\r\n\f\x1b")
            return text if odd * 50 <= len(text) else None
    return None
