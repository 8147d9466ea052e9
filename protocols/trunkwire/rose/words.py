"""What a facility says to its users, in a few words: diversion, charges, names, messages, transfer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from trunkwire.rose.components import Component, Kind
from trunkwire.rose.repertoire import Flavour
from trunkwire.rose.schema import Argument

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "unknown": "reason unknown",
        "cfu": "unconditional",
        "cfb": "busy",
        "cfnr": "no reply",
        "cdAlerting": "deflected while alerting",
        "cdImmediate": "deflected at once",
    }
)
_MULTIPLIERS: Mapping[str, int] = MappingProxyType(
    {
        "oneThousandth": -3,
        "oneHundredth": -2,
        "oneTenth": -1,
        "one": 0,
        "ten": 1,
        "hundred": 2,
        "thousand": 3,
    }
)
_CHARSETS: Mapping[int, str] = MappingProxyType(
    {
        1: "iso8859_1",
        3: "iso8859_2",
        4: "iso8859_3",
        5: "iso8859_4",
        6: "iso8859_5",
        7: "iso8859_7",
        8: "utf_16_be",
        9: "utf_8",
    }
)
"""Character sets of names (ECMA-164 clause 6, CharacterSet)."""


class Fact(msgspec.Struct, frozen=True):
    """Something that a user of the call would notice: `kind` is diversion, charge, name, message, transfer,
    number or value."""

    kind: str
    text: str


def facts(component: Component) -> tuple[Fact, ...]:
    """What the component tells its users; empty where it tells them nothing."""
    return tuple(_facts(component))


def words(component: Component, flavour: Flavour = Flavour.UNKNOWN) -> str:
    """The component in a line: what it is, and what it says."""
    title = f"{component.title} ({component.also})" if component.also else component.title
    if component.kind is Kind.REJECT:
        return f"reject: {component.problem or component.error}"
    if component.kind is Kind.OTHER:
        return (
            component.name
            or f"not a component: {component.arguments[0].error or component.arguments[0].kind}"
        )
    if component.code is not None and not component.name:
        title += " (unknown)" if flavour is not Flavour.UNKNOWN else ""
    head = title if component.kind is Kind.INVOKE else f"{component.kind.words} {title}".strip()
    if component.code is None:
        head = component.kind.words
    told = ", ".join(fact.text for fact in _facts(component))
    broken = component.errors
    fault = f" !! {broken[0][1]}" if broken else ""
    return (f"{head}: {told}" if told else head) + fault


def _facts(component: Component) -> Iterator[Fact]:
    if not component.arguments:
        return
    argument = component.arguments[0]
    for names, tell in _TELLERS:
        if component.name in names:
            yield from tell(argument)
            return
    if component.kind is not Kind.RETURN_ERROR:
        yield from _mentioned(argument)


def number(part: Argument | None) -> str:
    """The digits within a number or address, "" where there are none, else why there are none."""
    if part is None:
        return ""
    if part.find("numberNotAvailableDueToInterworking") is not None:
        return "a number not available"
    if part.find("presentationRestricted") is not None:
        return "a number withheld"
    digits = next(
        (found.value for _, found in part.walk() if found.kind == "NumericString" and not found.error), ""
    )
    hidden = part.find("presentationRestrictedNumber") or part.find("presentationRestrictedAddress")
    return f"{digits} (restricted)" if digits and hidden is not None else str(digits)


def name_of(part: Argument | None) -> str:
    """The text of a name (ECMA-164), or why there is none."""
    if part is None:
        return ""
    if part.find("nameNotAvailable") is not None:
        return "not available"
    if part.find("namePresentationRestrictedNull") is not None:
        return "restricted"
    data = next(
        (found.value for _, found in part.walk() if isinstance(found.value, str) and not found.error), None
    )
    if data is None:
        return ""
    chosen = part.find("characterSet")
    charset = _CHARSETS.get(chosen.value) if chosen is not None and not chosen.error else None
    text = data.encode("latin-1").decode(charset, "replace") if charset else data
    hidden = any(found.name.startswith("namePresentationRestricted") for _, found in part.walk())
    return f"{text!r} (restricted)" if hidden else repr(text)


def amount(part: Argument) -> str:
    """Currency and amount of a recorded charge, such as "EUR 1.50"."""
    value, multiplier = part.find("currencyAmount"), part.find("multiplier")
    currency = next((found.value for _, found in part.walk() if found.kind == "IA5String"), "")
    if value is None or not isinstance(value.value, int):
        return str(currency)
    power = _MULTIPLIERS.get(multiplier.word, 0) if multiplier is not None else 0
    sign, digits = ("-", str(-value.value)) if value.value < 0 else ("", str(value.value))
    if power < 0:
        digits = digits.rjust(1 - power, "0")
        digits = f"{digits[:power]}.{digits[power:]}"
    elif power:
        digits += "0" * power
    return f"{currency} {sign}{digits}".strip()


def _diverted(argument: Argument) -> Iterator[Fact]:
    counter, reason = (
        argument.find("diversionCounter") or argument.find("rerouteingCounter"),
        argument.find("diversionReason") or argument.find("rerouteingReason"),
    )
    if counter is not None and isinstance(counter.value, int):
        text = "diverted once" if counter.value == 1 else f"diverted {counter.value} times"
        yield Fact("diversion", text)
    if reason is not None and isinstance(reason.value, int):
        yield Fact("diversion", _REASONS.get(reason.word, f"reason {reason.value}"))
    for field, said in _DIVERTED_NUMBERS:
        part = argument.child(field)
        if part is not None and (digits := number(part)):
            yield Fact("diversion", f"{said} {digits}")
    for field, said in (("redirectingName", "by"), ("originalCalledName", "first called")):
        if text := name_of(argument.child(field)):
            yield Fact("name", f"{said} {text}")


_DIVERTED_NUMBERS = (
    ("divertingNr", "by"),
    ("lastDivertingNr", "by"),
    ("lastRerouteingNr", "by"),
    ("originalCalledNr", "first called"),
    ("divertedToNumber", "to"),
    ("nominatedNr", "to"),
    ("calledAddress", "to"),
    ("deflectionAddress", "to"),
)


def _presented(argument: Argument) -> Iterator[Fact]:
    shown = argument if isinstance(argument.value, bool) else argument.child("presentationAllowedIndicator")
    if shown is not None and isinstance(shown.value, bool):
        yield Fact("diversion", "the number diverted to may be shown" if shown.value else "number withheld")
    if text := name_of(argument.child("redirectionName")):
        yield Fact("name", f"diverted to {text}")


_FORWARDING = {"cfu": "always", "cfb": "when busy", "cfnr": "when there is no reply"}


def _arranged(argument: Argument) -> Iterator[Fact]:
    """Diversion as it is switched on, off or asked for; also the list that an interrogation returns."""
    for row in argument.children if argument.kind == "SET OF" else (argument,):
        procedure = row.child("procedure")
        served = row.child("servedUserNr")
        to = row.child("forwardedToAddress") or row.child("divertedToAddress")
        told = [_FORWARDING.get(procedure.word, procedure.word)] if procedure is not None else []
        if served is not None:
            told.append(f"for {number(served) or 'all numbers'}")
        if to is not None:
            told.append(f"to {number(to)}")
        if told:
            yield Fact("diversion", " ".join(told))


def _charged(argument: Argument) -> Iterator[Fact]:
    if argument.find("freeOfCharge") is not None:
        yield Fact("charge", "free of charge")
    elif argument.find("chargeNotAvailable") is not None:
        yield Fact("charge", "charge not available")
    elif (recorded := argument.find("recordedCurrency")) is not None:
        yield Fact("charge", amount(recorded))
    elif (units := argument.find("recordedUnitsList")) is not None:
        counts = [found.value for _, found in units.walk() if found.name == "recordedNumberOfUnits"]
        yield Fact("charge", f"{sum(counts)} units" if counts else "units not available")
    else:
        yield from _rated(argument)
    kind = argument.find("typeOfChargingInfo")
    if kind is not None and kind.word:
        yield Fact("charge", {"subTotal": "so far", "total": "in total"}[kind.word])


def _rated(argument: Argument) -> Iterator[Fact]:
    """The price of each item (AOC-S)."""
    for _, row in argument.walk():
        item = row.child("chargedItem")
        if item is None:
            continue
        time = row.find("dTime")
        text = amount(row)
        if time is not None and (length := time.find("lengthOfTimeUnit")) is not None:
            scale = time.find("scale")
            text += f" per {length.value} x {scale.word if scale is not None else ''}"
        if text:
            yield Fact("charge", f"{item.word or item.value} {text}")


def _named(argument: Argument) -> Iterator[Fact]:
    if text := name_of(argument):
        yield Fact("name", text)


def _messages(argument: Argument) -> Iterator[Fact]:
    count = argument.find("numberOfMessages") or argument.find("nrOfMessages")
    user = argument.child("receivingUserNr") or argument.child("servedUserNr")
    if count is not None and isinstance(count.value, int):
        yield Fact("message", "1 message" if count.value == 1 else f"{count.value} messages")
    if digits := number(user):
        yield Fact("message", f"for {digits}")
    centre = argument.child("controllingUserNr") or argument.child("msgCentreId")
    if digits := number(centre):
        yield Fact("message", f"at {digits}")


def _transferred(argument: Argument) -> Iterator[Fact]:
    status = argument.find("callStatus")
    if status is not None and status.word:
        yield Fact("transfer", status.word)
    for field, said in _TRANSFER_NUMBERS:
        if digits := number(argument.child(field)):
            yield Fact("transfer", f"{said} {digits}")
    for field in ("redirectionName", "connectedName", "transferredName"):
        if text := name_of(argument.child(field)):
            yield Fact("name", text)


_TRANSFER_NUMBERS = (
    ("redirectionNumber", "now with"),
    ("connectedAddress", "now with"),
    ("rerouteingNumber", "through"),
    ("transferredAddress", "of"),
)


def _mentioned(argument: Argument) -> Iterator[Fact]:
    """The numbers within an argument that has no words of its own."""
    if argument.kind not in ("SEQUENCE", "CHOICE"):
        if argument.word or (isinstance(argument.value, int) and not argument.error):
            yield Fact("value", argument.word or str(argument.value))
        return
    for child in argument.children:
        if child.name not in ("extension", "argumentExtension") and (digits := number(child)):
            yield Fact("number", f"{child.name} {digits}")


_TELLERS: tuple[tuple[frozenset[str], Callable[[Argument], Iterator[Fact]]], ...] = (
    (
        frozenset(
            {
                "divertingLegInformation1",
                "divertingLegInformation2",
                "diversionInformation",
                "callRerouteing",
                "callDeflection",
            }
        ),
        _diverted,
    ),
    (frozenset({"divertingLegInformation3"}), _presented),
    (
        frozenset(
            {
                "activationDiversion",
                "deactivationDiversion",
                "interrogationDiversion",
                "activationStatusNotificationDiv",
                "deactivationStatusNotificationDiv",
                "activateDiversionQ",
                "deactivateDiversionQ",
                "interrogateDiversionQ",
            }
        ),
        _arranged,
    ),
    (
        frozenset(
            {
                "chargingRequest",
                "aOCSCurrency",
                "aOCSSpecialArr",
                "aOCDCurrency",
                "aOCDChargingUnit",
                "aOCECurrency",
                "aOCEChargingUnit",
                "aocFinal",
                "aocInterim",
                "aocRate",
            }
        ),
        _charged,
    ),
    (frozenset({"callingName", "calledName", "connectedName", "busyName"}), _named),
    (
        frozenset({"mWIActivate", "mWIDeactivate", "mWIIndicate", "mCMNewMsg", "mCMNoNewMsg", "mCMUpdate"}),
        _messages,
    ),
    (
        frozenset(
            {
                "ectInform",
                "callTransferActive",
                "callTransferComplete",
                "callTransferUpdate",
                "callTransferInitiate",
                "ssctInitiate",
            }
        ),
        _transferred,
    ),
)
