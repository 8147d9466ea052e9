"""ctypes declarations of libpri 1.4's public interface (libpri.h), the part that a trunk's end needs.

Written for the ABI of Debian's libpri 1.6.0 on a 64-bit Linux. The structures are declared by field, so the
compiler's layout rules give their offsets; `load` compares their sizes with those that a C compiler gave
before anything is called.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char, c_char_p, c_int, c_long, c_ubyte, c_void_p
from typing import Any

from clockhook import TimeVal

SONAME = "libpri.so.1.4"

NODE_NETWORK, NODE_CPE = 1, 2
SWITCH_EUROISDN_E1 = 5
POINT_TO_MULTIPOINT, POINT_TO_POINT = 0, 1
DATE_TIME_NEVER = 1
TRANSFER_SPEECH, LAYER1_ALAW = 0x00, 0x23
PLAN_UNKNOWN = 0
PROGRESS_IN_BAND = 1 << 3
"""PRI_PROG_INBAND_AVAILABLE, a bit of the progress mask (progress description 8)."""

IoCallback = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
MessageCallback = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)

EVENT_NAMES = {
    1: "DCHAN_UP",
    2: "DCHAN_DOWN",
    3: "RESTART",
    4: "CONFIG_ERR",
    5: "RING",
    6: "HANGUP",
    7: "RINGING",
    8: "ANSWER",
    9: "HANGUP_ACK",
    10: "RESTART_ACK",
    11: "FACILITY",
    12: "INFO_RECEIVED",
    13: "PROCEEDING",
    14: "SETUP_ACK",
    15: "HANGUP_REQ",
    16: "NOTIFY",
    17: "PROGRESS",
    18: "KEYPAD_DIGIT",
    19: "SERVICE",
    20: "SERVICE_ACK",
    21: "HOLD",
    22: "HOLD_ACK",
    23: "HOLD_REJ",
    24: "RETRIEVE",
    25: "RETRIEVE_ACK",
    26: "RETRIEVE_REJ",
    27: "CONNECT_ACK",
}

TIMERS = {"N200": 0, "K": 3, "T200": 4, "T203": 7, "T303": 11, "T305": 13, "T308": 16, "T309": 17, "T313": 19}
"""Indices of enum PRI_TIMERS_AND_COUNTERS; timers in milliseconds."""


class _Name(ctypes.Structure):
    _fields_ = (("valid", c_int), ("presentation", c_int), ("char_set", c_int), ("str", c_char * 64))


class _Number(ctypes.Structure):
    _fields_ = (("valid", c_int), ("presentation", c_int), ("plan", c_int), ("str", c_char * 64))


class _Subaddress(ctypes.Structure):
    _fields_ = (("valid", c_int), ("type", c_int), ("odd", c_int), ("length", c_int), ("data", c_ubyte * 32))


class _PartyId(ctypes.Structure):
    _fields_ = (("name", _Name), ("number", _Number), ("subaddress", _Subaddress))


class RingEvent(ctypes.Structure):
    """pri_event_ring: RING and INFO_RECEIVED."""

    _fields_ = (
        ("e", c_int),
        ("channel", c_int),
        ("callingpres", c_int),
        ("callingplanani", c_int),
        ("callingplan", c_int),
        ("callingani", c_char * 256),
        ("callingnum", c_char * 256),
        ("callingname", c_char * 256),
        ("calledplan", c_int),
        ("ani2", c_int),
        ("callednum", c_char * 256),
        ("redirectingnum", c_char * 256),
        ("redirectingname", c_char * 256),
        ("redirectingreason", c_int),
        ("callingplanrdnis", c_int),
        ("useruserinfo", c_char * 260),
        ("flexible", c_int),
        ("cref", c_int),
        ("ctype", c_int),
        ("layer1", c_int),
        ("complete", c_int),
        ("call", c_void_p),
        ("callingsubaddr", c_char * 256),
        ("progress", c_int),
        ("progressmask", c_int),
        ("origcalledname", c_char * 256),
        ("origcallednum", c_char * 256),
        ("callingplanorigcalled", c_int),
        ("origredirectingreason", c_int),
        ("reversecharge", c_int),
        ("subcmds", c_void_p),
        ("calling", _PartyId),
        ("called_subaddress", _Subaddress),
        ("keypad_digits", c_char * 64),
    )


class HangupEvent(ctypes.Structure):
    """pri_event_hangup: HANGUP, HANGUP_ACK and HANGUP_REQ."""

    _fields_ = (
        ("e", c_int),
        ("channel", c_int),
        ("cause", c_int),
        ("cref", c_int),
        ("call", c_void_p),
        ("aoc_units", c_long),
        ("useruserinfo", c_char * 260),
        ("subcmds", c_void_p),
        ("call_held", c_void_p),
        ("call_active", c_void_p),
    )


class AnswerEvent(ctypes.Structure):
    """pri_event_answer and pri_event_ringing."""

    _fields_ = (
        ("e", c_int),
        ("channel", c_int),
        ("cref", c_int),
        ("progress", c_int),
        ("progressmask", c_int),
        ("call", c_void_p),
        ("useruserinfo", c_char * 260),
        ("subcmds", c_void_p),
    )


class ProceedingEvent(ctypes.Structure):
    """pri_event_proceeding: PROCEEDING and PROGRESS."""

    _fields_ = (
        ("e", c_int),
        ("channel", c_int),
        ("cref", c_int),
        ("progress", c_int),
        ("progressmask", c_int),
        ("cause", c_int),
        ("call", c_void_p),
        ("subcmds", c_void_p),
    )


class CallEvent(ctypes.Structure):
    """The events that carry a channel and a call only: SETUP_ACK, CONNECT_ACK."""

    _fields_ = (("e", c_int), ("channel", c_int), ("call", c_void_p))


class RejectEvent(ctypes.Structure):
    """pri_event_hold_rej and pri_event_retrieve_rej."""

    _fields_ = (("e", c_int), ("channel", c_int), ("call", c_void_p), ("cause", c_int))


class KeypadEvent(ctypes.Structure):
    """pri_event_keypad_digit: digits received in an established call."""

    _fields_ = (("e", c_int), ("channel", c_int), ("call", c_void_p), ("digits", c_char * 64))


class ChannelEvent(ctypes.Structure):
    """RESTART, RESTART_ACK, and the first field of every other event."""

    _fields_ = (("e", c_int), ("channel", c_int))


class ErrorEvent(ctypes.Structure):
    """pri_event_error: CONFIG_ERR."""

    _fields_ = (("e", c_int), ("err", c_char * 256))


EVENT_LAYOUTS: dict[str, type[ctypes.Structure]] = {
    "RING": RingEvent,
    "INFO_RECEIVED": RingEvent,
    "HANGUP": HangupEvent,
    "HANGUP_ACK": HangupEvent,
    "HANGUP_REQ": HangupEvent,
    "RINGING": AnswerEvent,
    "ANSWER": AnswerEvent,
    "PROCEEDING": ProceedingEvent,
    "PROGRESS": ProceedingEvent,
    "SETUP_ACK": CallEvent,
    "CONNECT_ACK": CallEvent,
    "KEYPAD_DIGIT": KeypadEvent,
    "HOLD": CallEvent,
    "HOLD_ACK": CallEvent,
    "HOLD_REJ": RejectEvent,
    "RETRIEVE": CallEvent,
    "RETRIEVE_ACK": CallEvent,
    "RETRIEVE_REJ": RejectEvent,
    "CONFIG_ERR": ErrorEvent,
}

_SIZES = {RingEvent: 2976, HangupEvent: 320, AnswerEvent: 304, ProceedingEvent: 40}

_PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "pri_new_cb": (c_void_p, (c_int, c_int, c_int, IoCallback, IoCallback, c_void_p)),
    "pri_new_bri_cb": (c_void_p, (c_int, c_int, c_int, c_int, IoCallback, IoCallback, c_void_p)),
    "pri_check_event": (c_void_p, (c_void_p,)),
    "pri_schedule_next": (POINTER(TimeVal), (c_void_p,)),
    "pri_schedule_run": (c_void_p, (c_void_p,)),
    "pri_new_call": (c_void_p, (c_void_p,)),
    "pri_sr_new": (c_void_p, ()),
    "pri_sr_free": (None, (c_void_p,)),
    "pri_sr_set_channel": (c_int, (c_void_p, c_int, c_int, c_int)),
    "pri_sr_set_bearer": (c_int, (c_void_p, c_int, c_int)),
    "pri_sr_set_called": (c_int, (c_void_p, c_char_p, c_int, c_int)),
    "pri_sr_set_caller": (c_int, (c_void_p, c_char_p, c_char_p, c_int, c_int)),
    "pri_setup": (c_int, (c_void_p, c_void_p, c_void_p)),
    "pri_need_more_info": (c_int, (c_void_p, c_void_p, c_int, c_int)),
    "pri_information": (c_int, (c_void_p, c_void_p, c_char)),
    "pri_proceeding": (c_int, (c_void_p, c_void_p, c_int, c_int)),
    "pri_progress_with_cause": (c_int, (c_void_p, c_void_p, c_int, c_int, c_int)),
    "pri_acknowledge": (c_int, (c_void_p, c_void_p, c_int, c_int)),
    "pri_answer": (c_int, (c_void_p, c_void_p, c_int, c_int)),
    "pri_connect_ack_enable": (None, (c_void_p, c_int)),
    "pri_connect_ack": (c_int, (c_void_p, c_void_p, c_int)),
    "pri_destroycall": (None, (c_void_p, c_void_p)),
    "pri_hangup": (c_int, (c_void_p, c_void_p, c_int)),
    "pri_hangup_fix_enable": (None, (c_void_p, c_int)),
    "pri_notify": (c_int, (c_void_p, c_void_p, c_int, c_int)),
    "pri_reset": (c_int, (c_void_p, c_int)),
    "pri_hold_enable": (None, (c_void_p, c_int)),
    "pri_hold": (c_int, (c_void_p, c_void_p)),
    "pri_hold_ack": (c_int, (c_void_p, c_void_p)),
    "pri_hold_rej": (c_int, (c_void_p, c_void_p, c_int)),
    "pri_retrieve": (c_int, (c_void_p, c_void_p, c_int)),
    "pri_retrieve_ack": (c_int, (c_void_p, c_void_p, c_int)),
    "pri_retrieve_rej": (c_int, (c_void_p, c_void_p, c_int)),
    "pri_set_service_message_support": (c_int, (c_void_p, c_int)),
    "pri_maintenance_service": (c_int, (c_void_p, c_int, c_int, c_int)),
    "pri_set_timer": (c_int, (c_void_p, c_int, c_int)),
    "pri_get_timer": (c_int, (c_void_p, c_int)),
    "pri_set_overlapdial": (None, (c_void_p, c_int)),
    "pri_date_time_send_option": (None, (c_void_p, c_int)),
    "pri_dump_info_str": (c_void_p, (c_void_p,)),
    "pri_set_message": (None, (MessageCallback,)),
    "pri_set_error": (None, (MessageCallback,)),
    "pri_dump_event": (None, (c_void_p, c_void_p)),
    "pri_get_version": (c_char_p, ()),
}


def load(soname: str = SONAME) -> Any:
    """The library with its prototypes declared.

    Raises OSError when it is absent or the layout of its structures is not the one known.
    """
    for layout, size in _SIZES.items():
        if ctypes.sizeof(layout) != size:
            raise OSError(
                f"{layout.__name__} has {ctypes.sizeof(layout)} octets here, not {size}: another ABI"
            )
    library = ctypes.CDLL(soname)
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
