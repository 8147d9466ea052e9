"""The layout of one class: its annotations read once, and the views made from them.

`compile_layout` reads the annotated fields of a `Record` into a plan, a flat tuple of octets and runs in wire
order. The plan is the only thing that `tree`, `generate` and `walk` read.
"""

from __future__ import annotations

import enum
import re
import types
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from trunkwire.codec.errors import DecodeError, EncodeError
from trunkwire.codec.primitives import (
    Bits,
    Counted,
    Fixed,
    IfMore,
    Marked,
    Place,
    Presence,
    Rest,
    Slots,
    Text,
    When,
)

if TYPE_CHECKING:
    from trunkwire.codec.tree import Tree
    from trunkwire.codec.walk import FieldView

_LABEL = re.compile(r"(\d+(?:\.\d+)*)([a-z]?)(?:/\w+)?\Z")


class Record(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True, gc=False):
    """Base of every value that has a layout.

    `received` holds the octets that the value was read from when they are not the ones that a build of its
    fields would write (spare bits set, octets beyond the layout, extension octets that it does not declare);
    else it is empty. Building writes `received` back as long as the fields still are what it says, so nothing
    is normalised.
    """

    layout: ClassVar[Layout[Any]]

    received: bytes = b""


R = TypeVar("R", bound=Record)


class Field(msgspec.Struct, frozen=True):
    """One declared field: how its integer becomes the attribute's value."""

    name: str
    place: Place
    optional: bool
    boolean: bool
    members: tuple[Any, ...] | None
    """Value by integer, for an enumeration: the member, or the integer itself where there is none."""

    def convert(self, number: int) -> Any:
        """The attribute's value for the integer on the wire."""
        if self.boolean:
            return number != 0
        return number if self.members is None else self.members[number]


class Octet(msgspec.Struct, frozen=True):
    """One octet of bit fields; `position` is 0 for the leading octet of its group, 1 for "a", and so on."""

    label: str
    group: str
    position: int
    presence: Presence | None
    fields: tuple[tuple[Field, int, int], ...]
    """(field, shift, mask before shifting)"""
    extension: bool
    spare: int
    """Mask of the bits that nothing covers."""
    fixed: int
    """Bits that a marker sets."""


class Run(msgspec.Struct, frozen=True):
    """A field of several octets."""

    label: str
    group: str
    presence: Presence | None
    field: Field


Item = Octet | Run


class Plan(msgspec.Struct, frozen=True, dict=True):
    """Everything the views need to know of a class."""

    name: str
    items: tuple[Item, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields in wire order."""
        found: list[Field] = []
        for item in self.items:
            found += [item.field] if isinstance(item, Run) else [field for field, _, _ in item.fields]
        return tuple(found)

    @property
    def ends_open(self) -> bool:
        """Whether the last run takes every octet that remains."""
        last = self.items[-1] if self.items else None
        return (
            isinstance(last, Run)
            and last.presence is None
            and isinstance(last.field.place, Text | Rest | Slots)
        )

    @cached_property
    def ambiguous(self) -> bool:
        """Whether an absent marked octet could be mistaken for the run behind it."""
        marked = False
        for item in self.items:
            marked = marked or isinstance(item.presence, Marked)
            if marked and isinstance(item, Run):
                return True
        return False


class Layout(Generic[R]):
    """All views of one annotated class, each made when it is first asked for.

    `octets` says when an octet is present, see `compile_layout`. The annotations themselves are read at the
    first use too: a program that shows one frame meets few of the classes that it imports.
    """

    def __init__(self, cls: type[R], octets: Mapping[str, Presence] | None = None) -> None:
        self.cls = cls
        self._octets = dict(octets or {})

    @cached_property
    def plan(self) -> Plan:
        """The class as octets and runs. Raises TypeError for a declaration that contradicts itself."""
        return _plan(self.cls, dict(self._octets))

    def parse(self, body: bytes) -> R:
        """The value in `body`; raises DecodeError naming field and offset when the octets end too early."""
        try:
            return self.reader(body)
        except IndexError:
            raise self._first_error(body) from None

    def build(self, value: R) -> bytes:
        """The octets of `value`; raises EncodeError naming the field that has no place or does not fit."""
        if value.received:
            try:
                if self.reader(value.received) == value:
                    return value.received
            except (IndexError, DecodeError):
                pass
        try:
            body = self._writer(value)
        except EncodeError:
            raise
        except (TypeError, ValueError) as error:
            raise self._misfit(value, error) from None
        if self.plan.ambiguous:
            self._verify(value, body)
        return body

    def walk(self, body: bytes, base: int = 0) -> tuple[FieldView, ...]:
        """Field by field with offsets counted from `base`; never raises, errors are fields."""
        from trunkwire.codec.walk import walk

        return walk(self.plan, body, base)

    @cached_property
    def tree(self) -> Tree[R]:
        """The construct declaration, which the generated code must agree with."""
        from trunkwire.codec.tree import Tree

        return Tree(self.cls, self.plan)

    @cached_property
    def remembers(self) -> bool:
        """Whether bodies recur often enough to be kept in a memo: no digits, text or free octets."""
        return not any(isinstance(field.place, Text | Rest | Counted) for field in self.plan.fields)

    @cached_property
    def reader(self) -> Callable[[bytes], R]:
        """The generated parser itself, which raises a bare IndexError where `parse` explains."""
        from trunkwire.codec.generate import make_reader

        return make_reader(self.cls, self.plan)

    @cached_property
    def _writer(self) -> Callable[[R], bytes]:
        from trunkwire.codec.generate import make_writer

        return make_writer(self.plan)

    def _first_error(self, body: bytes) -> DecodeError:
        for field in self.walk(body):
            if field.error:
                return DecodeError(f"{self.plan.name}.{field.name}", field.offset, field.error)
        return DecodeError(self.plan.name, len(body), "the octets end too early")

    def _misfit(self, value: R, error: Exception) -> EncodeError:
        from trunkwire.codec.walk import misfit

        where, reason = misfit(self.plan, value) or (self.plan.name, str(error))
        return EncodeError(where, reason)

    def _verify(self, value: R, body: bytes) -> None:
        again = self.reader(body)
        for field in self.plan.fields:
            if getattr(again, field.name) != getattr(value, field.name):
                raise EncodeError(f"{self.plan.name}.{field.name}", "would be read back as another field")


def compile_layout(cls: type[R], octets: Mapping[str, Presence] | None = None) -> Layout[R]:
    """Read the annotations of `cls` now; `octets` says when an octet, by its label, is present.

    Octets come in the order of their labels, alternatives ("5b/v110", "5b/v120") as they are declared; so a
    class may add octets in the midst of those that it inherits. Without an entry in `octets` a leading octet
    is mandatory and a lettered one follows its predecessor's extension bit.
    Raises TypeError for a declaration that contradicts itself. `Layout` alone reads them at its first use.
    """
    layout = Layout(cls, octets)
    _ = layout.plan
    return layout


def _plan(cls: type[Record], presence: dict[str, Presence]) -> Plan:
    gathered: dict[str, list[Field]] = {}
    for name, hint in _hints(cls).items():
        if get_origin(hint) is Annotated and isinstance(get_args(hint)[1], Place):
            field = _field(name, hint)
            gathered.setdefault(field.place.octet, []).append(field)
    found = [
        _item(cls.__name__, label, fields, presence.pop(label, None)) for label, fields in gathered.items()
    ]
    items = tuple(sorted(found, key=_place_in_figure))
    if presence:
        raise TypeError(f"{cls.__name__}: no field sits in octet {', '.join(presence)}")
    _check(cls.__name__, items)
    return Plan(cls.__name__, items)


def _hints(cls: type) -> dict[str, Any]:
    """As `typing.get_type_hints`, which compiles every annotation by itself: those of a class at once."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        declared = vars(base).get("__annotations__", {})
        if not all(isinstance(hint, str) for hint in declared.values()):
            return get_type_hints(cls, include_extras=True)
        if declared:
            text = f"tuple[{','.join(declared.values())}]"
            whole = type("Whole", (), {"__annotations__": {"all": text}, "__module__": base.__module__})
            hints = get_type_hints(whole, include_extras=True)["all"]
            found.update(zip(declared, get_args(hints), strict=True))
    return found


def _field(name: str, hint: Any) -> Field:
    base, place = get_args(hint)[:2]
    options = get_args(base) if get_origin(base) in (Union, types.UnionType) else (base,)
    enums = [t for t in options if isinstance(t, type) and issubclass(t, enum.IntEnum)]
    members = None
    if enums and isinstance(place, Bits):
        known = {int(m): m for m in enums[0]}
        members = tuple(known.get(n, n) for n in range(1 << place.high - place.low + 1))
    return Field(name, place, type(None) in options, bool in options, members)


def _item(owner: str, label: str, fields: list[Field], presence: Presence | None) -> Item:
    match = _LABEL.match(label)
    if match is None:
        raise TypeError(f"{owner}: octet label {label!r} is not like '3', '3a', '4.1' or '5b/v110'")
    letter = match[2]
    group = match[1] if letter else label
    if not isinstance(fields[0].place, Bits):
        if len(fields) > 1 or letter or isinstance(presence, Marked | Fixed):
            raise TypeError(
                f"{owner}: the run in octet {label} has to stand alone, lead its group and bear no marker"
            )
        return Run(label, group, presence, fields[0])
    covered = fixed = 0
    if isinstance(presence, Marked | Fixed):
        covered = (1 << presence.high) - (1 << presence.low - 1)
        fixed = presence.value << presence.low - 1
    placed = []
    for field in fields:
        place = field.place
        if not isinstance(place, Bits):
            raise TypeError(f"{owner}: octet {label} holds bits and a run")
        mask = (1 << place.high) - (1 << place.low - 1)
        if covered & mask:
            raise TypeError(f"{owner}.{field.name}: octet {label} bits {place.high} to {place.low} are taken")
        covered |= mask
        placed.append((field, place.low - 1, mask))
    extension = not covered & 0x80
    spare = 0xFF & ~covered & (0x7F if extension else 0xFF)
    position = ord(letter) - ord("a") + 1 if letter else 0
    return Octet(label, group, position, presence, tuple(placed), extension, spare, fixed)


def _place_in_figure(item: Item) -> tuple[tuple[int, ...], int]:
    number = item.group.partition("/")[0]
    return tuple(map(int, number.split("."))), item.position if isinstance(item, Octet) else 0


def _check(owner: str, items: tuple[Item, ...]) -> None:
    seen: set[str] = set()
    group = ""
    for index, item in enumerate(items):
        lettered = isinstance(item, Octet) and item.position > 0
        if lettered != (item.group == group):
            raise TypeError(f"{owner}: octet {item.label} does not follow its group's leading octet")
        if lettered and not isinstance(item.presence, When | None):
            raise TypeError(
                f"{owner}: octet {item.label} follows an extension bit and takes no other presence than When"
            )
        group = item.group
        names = [item.field] if isinstance(item, Run) else [field for field, _, _ in item.fields]
        if isinstance(item.presence, When) and any(name not in seen for name, _ in item.presence.fields):
            raise TypeError(f"{owner}: octet {item.label} depends on a field that is not before it")
        if (lettered or isinstance(item.presence, When | IfMore | Marked)) and not all(
            field.optional for field in names
        ):
            raise TypeError(
                f"{owner}: the fields of octet {item.label} may be absent, so their types need None"
            )
        takes_all = isinstance(item, Run) and isinstance(item.field.place, Text | Rest | Slots)
        if takes_all and isinstance(item.presence, IfMore):
            raise TypeError(
                f"{owner}: a run is empty when the body has ended; octet {item.label} needs no IfMore"
            )
        counted = isinstance(item, Run) and isinstance(item.field.place, Counted) and item.field.place.by
        if counted and counted not in seen:
            raise TypeError(f"{owner}: octet {item.label} is counted by {counted}, which is not before it")
        if takes_all and any(not isinstance(later.presence, When) for later in items[index + 1 :]):
            raise TypeError(f"{owner}: octet {item.label} takes all that remains, so nothing can follow it")
        seen.update(field.name for field in names)
