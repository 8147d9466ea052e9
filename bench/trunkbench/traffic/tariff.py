"""The tariff file: what each access service costs a month.

A TOML file, strictly checked: `currency`, `plain_line`, and a table for each service that can be bought. A
price is given in currency or as a multiple of a plain line's (`times_plain_line`), since that is how carriers
speak of it. The packaged `data/tariff.toml` is an example to be replaced by one's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from pathlib import Path

import msgspec

from trunkbench.errors import ConfigError

_SERVICES = ("fixed-line", "one-number", "analog-group", "bri", "t1", "e1")


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one unit costs: `monthly` in the tariff's currency, or so many plain lines' rent."""

    monthly: Decimal | None = None
    times_plain_line: Decimal | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.monthly is None) == (self.times_plain_line is None):
            raise ValueError("give `monthly` or `times_plain_line`, and one of them only")
        if (self.monthly or self.times_plain_line or Decimal(0)) < 0:
            raise ValueError("a price is not negative")


class TariffFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it stands."""

    currency: str
    plain_line: Decimal
    note: str = ""
    number: Price | None = None
    fixed_line: Price | None = None
    one_number: Price | None = None
    analog_group: Price | None = None
    bri: Price | None = None
    t1: Price | None = None
    e1: Price | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices by service; a service that the file does not name cannot be bought."""

    name: str
    file: TariffFile

    @property
    def currency(self) -> str:
        """Such as "CNY"."""
        return self.file.currency

    def price(self, service: str) -> Decimal | None:
        """What a unit of that service costs a month: a line, a BRI, a T1, an E1. None: not offered."""
        price: Price | None = getattr(self.file, service.replace("-", "_"))
        if price is None:
            return None
        if price.monthly is not None:
            return price.monthly
        assert price.times_plain_line is not None
        return price.times_plain_line * self.file.plain_line

    @property
    def notes(self) -> tuple[str, ...]:
        """What the file says beside its prices, the file's own note first."""
        prices = (getattr(self.file, service.replace("-", "_")) for service in _SERVICES)
        texts = [self.file.note, *(f"{p.note}" for p in prices if p is not None and p.note)]
        return tuple(dict.fromkeys(text for text in texts if text))


def load_tariff(path: str | Path | None = None) -> Tariff:
    """The tariff in that file; None is the packaged example. Raises ConfigError naming file and reason."""
    name = "the packaged tariff" if path is None else str(path)
    try:
        if path is None:
            data = (resources.files("trunkbench") / "data" / "tariff.toml").read_bytes()
        else:
            data = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{name}: cannot be opened ({error.strerror}); give a tariff file") from error
    try:
        return Tariff(name, msgspec.toml.decode(data, type=TariffFile))
    except (msgspec.DecodeError, ValueError) as error:
        raise ConfigError(f"{name}: {error}; see docs/advise.md for the form of a tariff") from error
