"""
VM sizes that Azure retires, and when.

Azure has no call that tells it; Microsoft keeps a list on one page, and pages about single series. The table is what
these said on 24 September 2026, for public Azure alone, and each date has its page beside it. A size that is not in it
is taken for one that stays. Left out are the H series, of which pages disagree, and those of which no page was found to
say when: ND v2, M before its second version, and the isolated sizes of D v2 and E v3.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

LIST: Final = "https://learn.microsoft.com/azure/virtual-machines/sizes/lifecycle/retirements-and-capacity-restrictions"
"""Microsoft's list of series that are retired or will be."""
AS_OF: Final = date(2026, 9, 24)
"""The day of that page when the table was made after it."""

_ONE: Final = "https://learn.microsoft.com/azure/virtual-machines/sizes/lifecycle/retirement"
_GONE: Final = "https://learn.microsoft.com/azure/virtual-machines"
_ML: Final = "https://learn.microsoft.com/azure/machine-learning/concept-compute-target#supported-vm-series-and-sizes"
"""What Azure ML says itself. Of NC, NCv2, ND and NV it names a day that is some days before their own pages'."""


@dataclass(frozen=True)
class Series:
    """Sizes that retire together."""

    name: str
    """As Microsoft writes it."""
    pattern: re.Pattern[str]
    """All of their names in lower case, without `standard_` and `_promo`."""
    retires: date
    page: str
    """Where Microsoft says so."""
    later: Mapping[str, date] = field(default_factory=dict)
    """Regions in which they stay until another day."""

    def retires_in(self, region: str) -> date:
        """From which day on the sizes cannot be had in a region any more."""
        return self.later.get(region, self.retires)


@lru_cache(maxsize=1024)
def series_of(size: str) -> Series | None:
    """The series that a size such as `STANDARD_NC6S_V3` or `Standard_D2_v2_Promo` retires with; None if it stays."""
    name = size.casefold().removeprefix("standard_").removesuffix("_promo")
    return next((series for series in RETIRING if series.pattern.fullmatch(name)), None)


def _series(
    name: str, pattern: str, retires: date, page: str = LIST, later: Mapping[str, date] | None = None
) -> Series:
    """A series; `#` in the pattern stands for the vCPUs, of which some may be switched off as in `ds11-1_v2`."""
    return Series(name, re.compile(pattern.replace("#", r"\d+(?:-\d+)?")), retires, page, later or {})


_AUGUST_2024: Final = date(2024, 8, 31)
_SEPTEMBER_2023: Final = date(2023, 9, 6)
_SEPTEMBER_2025: Final = date(2025, 9, 30)
_SEPTEMBER_2026: Final = date(2026, 9, 30)
_MAY_2027: Final = date(2027, 5, 31)
_MAY_2028: Final = date(2028, 5, 1)
_NOVEMBER_2028: Final = date(2028, 11, 15)
_NOVEMBER_2029: Final = date(2029, 11, 15)

RETIRING: Final = (
    _series("NC", "nc#r?", _SEPTEMBER_2023, f"{_GONE}/nc-series-retirement"),
    _series("NCv2", "nc#r?s_v2", _SEPTEMBER_2023, f"{_GONE}/ncv2-series-retirement"),
    _series("ND", "nd#r?s", _SEPTEMBER_2023, f"{_ONE}/nd-series-retirement"),
    _series("NV", "nv#", _SEPTEMBER_2023, f"{_ONE}/nv-series-retirement"),
    _series("Av1", "a[0-7]", _AUGUST_2024, f"{_ONE}/av1-series-retirement"),
    _series("HB", "hb#rs", _AUGUST_2024, _ML),
    _series(
        "NCv3",
        "nc#r?s_v3",
        _SEPTEMBER_2025,
        f"{_ONE}/ncv3-retirement",
        {"jioindiawest": date(2027, 6, 30)},
    ),
    _series("DCsv2", "dc#s?_v2", date(2026, 6, 30), f"{_ONE}/dcsv2-series-retirement"),
    _series("DCas_cc_v5, ECas_cc_v5", "[de]c#ad?s_cc_v5", date(2026, 9, 1)),
    _series(
        "NVv3",
        "nv#[hm]?s_v3",
        _SEPTEMBER_2026,
        f"{_ONE}/nvv3-series-retirement",
        {"uaenorth": date(2027, 1, 31)},
    ),
    _series("NVv4", "nv#ah?s_v4", _SEPTEMBER_2026, f"{_ONE}/nvv4-retirement"),
    _series("Msv2, Mdsv2 (192 vCPUs)", "m192id?m?s_v2", date(2027, 3, 31)),
    _series("HBv2", "hb#rs_v2", _MAY_2027),
    _series("HC", "hc#rs", _MAY_2027, f"{_ONE}/hc-series-retirement"),
    _series("NP", "np#s", _MAY_2027, f"{_ONE}/np-series-retirement"),
    _series("D, Ds", "ds?#", _MAY_2028),
    _series("Dv2, Dsv2", "ds?#_v2", _MAY_2028),
    _series("Ls", "l#s", _MAY_2028),
    _series("Av2, Amv2", "a#m?_v2", _NOVEMBER_2028),
    _series("B (V1)", "b#(?:s|ls|ms)", _NOVEMBER_2028),
    _series("F, Fs", "f#s?", _NOVEMBER_2028),
    _series("Fsv2", "f#s_v2", _NOVEMBER_2028),
    _series("G, Gs", "gs?#", _NOVEMBER_2028),
    _series("Lsv2", "l#s_v2", _NOVEMBER_2028),
    _series("DCsv3, DCdsv3", "dc#d?s_v3", date(2029, 10, 31)),
    _series("Dv3, Dsv3", "d#s?_v3", _NOVEMBER_2029),
    _series("Ev3, Esv3", "e#s?_v3", _NOVEMBER_2029),
)
"""Those whose end Microsoft has announced, the soonest first."""
