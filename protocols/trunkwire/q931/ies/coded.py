"""Code points of rate adaption, modems and the X.25 elements (Q.931 4.5.5, 4.5.19, 4.6).

An integer that has no member is kept as it is, never refused.
"""

from __future__ import annotations

import enum


class Titled(enum.IntEnum):
    """A code point with a title, since its meaning is a figure or a Recommendation rather than a word."""

    title: str

    def __new__(cls, number: int, title: str) -> Titled:
        """The member for `number`."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.title = title
        return member


class UserRate(Titled):
    """User rate (4.5.5, octet 5a)."""

    BY_E_BITS = 0, "given by the E bits"
    RATE_600 = 1, "0.6 kbit/s"
    RATE_1200 = 2, "1.2 kbit/s"
    RATE_2400 = 3, "2.4 kbit/s"
    RATE_3600 = 4, "3.6 kbit/s"
    RATE_4800 = 5, "4.8 kbit/s"
    RATE_7200 = 6, "7.2 kbit/s"
    RATE_8000 = 7, "8 kbit/s"
    RATE_9600 = 8, "9.6 kbit/s"
    RATE_14400 = 9, "14.4 kbit/s"
    RATE_16000 = 10, "16 kbit/s"
    RATE_19200 = 11, "19.2 kbit/s"
    RATE_32000 = 12, "32 kbit/s"
    RATE_38400 = 13, "38.4 kbit/s"
    RATE_48000 = 14, "48 kbit/s"
    RATE_56000 = 15, "56 kbit/s"
    RATE_64000 = 16, "64 kbit/s"
    RATE_57600 = 18, "57.6 kbit/s"
    RATE_28800 = 19, "28.8 kbit/s"
    RATE_24000 = 20, "24 kbit/s"
    RATE_134 = 21, "0.1345 kbit/s"
    RATE_100 = 22, "0.1 kbit/s"
    RATE_75_1200 = 23, "0.075 and 1.2 kbit/s"
    RATE_1200_75 = 24, "1.2 and 0.075 kbit/s"
    RATE_50 = 25, "0.05 kbit/s"
    RATE_75 = 26, "0.075 kbit/s"
    RATE_110 = 27, "0.11 kbit/s"
    RATE_150 = 28, "0.15 kbit/s"
    RATE_200 = 29, "0.2 kbit/s"
    RATE_300 = 30, "0.3 kbit/s"
    RATE_12000 = 31, "12 kbit/s"


class IntermediateRate(Titled):
    """Intermediate rate (4.5.5, octet 5b of V.110)."""

    NOT_USED = 0, "not used"
    RATE_8 = 1, "8 kbit/s"
    RATE_16 = 2, "16 kbit/s"
    RATE_32 = 3, "32 kbit/s"


class StopBits(Titled):
    """Number of stop bits (4.5.5, octet 5c)."""

    NOT_USED = 0, "not used"
    ONE = 1, "1"
    ONE_AND_A_HALF = 2, "1.5"
    TWO = 3, "2"


class DataBits(Titled):
    """Number of data bits without parity (4.5.5, octet 5c)."""

    NOT_USED = 0, "not used"
    FIVE = 1, "5"
    SEVEN = 2, "7"
    EIGHT = 3, "8"


class Parity(enum.IntEnum):
    """Parity information (4.5.5, octet 5c)."""

    ODD = 0
    EVEN = 2
    NONE = 3
    FORCED_TO_0 = 4
    FORCED_TO_1 = 5


class Modem(Titled):
    """Modem type (4.5.5, octet 5d); 0 to 5 and 32 to 47 are for national use, 48 to 63 user specified."""

    V21 = 0x11, "V.21"
    V22 = 0x12, "V.22"
    V22_BIS = 0x13, "V.22 bis"
    V23 = 0x14, "V.23"
    V26 = 0x15, "V.26"
    V26_BIS = 0x16, "V.26 bis"
    V26_TER = 0x17, "V.26 ter"
    V27 = 0x18, "V.27"
    V27_BIS = 0x19, "V.27 bis"
    V27_TER = 0x1A, "V.27 ter"
    V29 = 0x1B, "V.29"
    V32 = 0x1D, "V.32"
    V34 = 0x1E, "V.34"


class Structure(Titled):
    """Structure of what is carried (octet 4a; CCITT Q.931 (11/88))."""

    DEFAULT = 0, "default"
    INTEGRITY_8_KHZ = 1, "8 kHz integrity"
    SDU_INTEGRITY = 4, "service data unit integrity"
    UNSTRUCTURED = 7, "unstructured"


class OperationMode(enum.IntEnum):
    """Mode of operation: how many sequence numbers there are (4.5.19, octets 6a and 7a)."""

    NORMAL = 1
    EXTENDED = 2


class ThroughputClass(Titled):
    """Information rate (4.6.3)."""

    RATE_75 = 3, "75 bit/s"
    RATE_150 = 4, "150 bit/s"
    RATE_300 = 5, "300 bit/s"
    RATE_600 = 6, "600 bit/s"
    RATE_1200 = 7, "1200 bit/s"
    RATE_2400 = 8, "2400 bit/s"
    RATE_4800 = 9, "4800 bit/s"
    RATE_9600 = 10, "9600 bit/s"
    RATE_19200 = 11, "19 200 bit/s"
    RATE_48000 = 12, "48 000 bit/s"
    RATE_64000 = 13, "64 000 bit/s"


class PacketSize(Titled):
    """Packet size: the power of two (4.5.19 octet 7b, 4.6.6)."""

    SIZE_16 = 4, "16 octets"
    SIZE_32 = 5, "32 octets"
    SIZE_64 = 6, "64 octets"
    SIZE_128 = 7, "128 octets"
    SIZE_256 = 8, "256 octets"
    SIZE_512 = 9, "512 octets"
    SIZE_1024 = 10, "1024 octets"
    SIZE_2048 = 11, "2048 octets"
    SIZE_4096 = 12, "4096 octets"


class FastSelect(enum.IntEnum):
    """Fast select (4.6.4)."""

    NOT_REQUESTED = 0
    NOT_REQUESTED_EITHER = 1
    REQUESTED = 2
    REQUESTED_WITH_RESTRICTION = 3


class CugIndication(enum.IntEnum):
    """Closed user group indication (4.6.1)."""

    SELECTED = 1
    WITH_OUTGOING_ACCESS = 2


class ReverseCharging(enum.IntEnum):
    """Reverse charging indication (4.6.8)."""

    REQUESTED = 1


class Audiovisual(Titled):
    """Extended videotelephony characteristics (4.5.17, octet 4a)."""

    FIRST_CHANNEL = 0x01, "capability set of the initial channel of H.221"
    LATER_CHANNEL = 0x02, "capability set of a subsequent channel of H.221"
    SPEECH_CALL = 0x21, "capability set of the initial channel with an active 3.1 kHz audio or speech call"
