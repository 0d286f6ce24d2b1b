"""Which VM sizes retire, told from their names as Azure writes them and as people do."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from shared.rules.sizes import AS_OF, RETIRING, series_of

MANUAL = (Path(__file__).parents[2] / "docs" / "computes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("series", "sizes"),
    [
        ("NC", "NC6 NC12 NC24 NC24r NC6_Promo NC24r_Promo"),
        ("NCv2", "NC6s_v2 NC24rs_v2"),
        ("NCv3", "NC6s_v3 NC12s_v3 NC24s_v3 NC24rs_v3"),
        ("ND", "ND6s ND24rs"),
        ("NV", "NV6 NV24 NV12_Promo"),
        ("NVv3", "NV12s_v3 NV12hs_v3 NV24s_v3 NV24ms_v3 NV32ms_v3 NV48s_v3"),
        ("NVv4", "NV4as_v4 NV4ahs_v4 NV32as_v4"),
        ("NP", "NP10s NP20s NP40s"),
        ("HB", "HB60rs HB60-45rs"),
        ("HBv2", "HB120rs_v2 HB120-96rs_v2"),
        ("HC", "HC44rs HC44-16rs HC44-32rs"),
        ("Av1", "A0 A7"),
        ("Av2, Amv2", "A1_v2 A8_v2 A2m_v2"),
        ("B (V1)", "B1ls B1s B1ms B2s B20ms"),
        ("D, Ds", "D1 D14 DS1 DS14 DS13-2"),
        ("Dv2, Dsv2", "D1_v2 D15_v2 DS3_v2 DS11-1_v2 D2_v2_Promo"),
        ("Dv3, Dsv3", "D2_v3 D64_v3 D2s_v3"),
        ("Ev3, Esv3", "E2_v3 E64s_v3 E4-2s_v3"),
        ("F, Fs", "F1 F16 F1s F16s"),
        ("Fsv2", "F2s_v2 F72s_v2"),
        ("G, Gs", "G1 G5 GS5 GS4-8"),
        ("Ls", "L4s L32s"),
        ("Lsv2", "L8s_v2 L80s_v2"),
        ("Msv2, Mdsv2 (192 vCPUs)", "M192is_v2 M192ims_v2 M192ids_v2 M192idms_v2"),
        ("DCsv2", "DC1s_v2 DC8_v2"),
        ("DCsv3, DCdsv3", "DC1s_v3 DC48ds_v3"),
        ("DCas_cc_v5, ECas_cc_v5", "DC4as_cc_v5 DC4ads_cc_v5 EC4as_cc_v5"),
    ],
)
def test_series(series: str, sizes: str) -> None:
    """Case does not count, for Azure ML answers in capitals what it was asked for in others."""
    names = [f"Standard_{size}" for size in sizes.split()]
    found = {one.name if (one := series_of(name)) else "" for name in (*names, *map(str.upper, names))}

    assert found == {series}


@pytest.mark.parametrize(
    "size",
    [
        *("Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4", "Standard_NC40ads_H100_v5", "Standard_ND40rs_v2"),
        *("Standard_ND96asr_v4", "Standard_NV6ads_A10_v5", "Standard_NG8ads_V620_v1", "Standard_HB120rs_v3"),
        *("Standard_HB120-64rs_v3", "Standard_D4ds_v4", "Standard_D2as_v4", "Standard_D2s_v5", "Standard_D2ds_v4"),
        *("Standard_E4ds_v4", "Standard_E64i_v3", "Standard_D15i_v2", "Standard_B2s_v2", "Standard_B2ats_v2"),
        *("Standard_F4as_v6", "Standard_FX4mds", "Standard_L8s_v3", "Standard_L8as_v3", "Standard_M128ms"),
        *("Standard_M128s_v2", "Standard_H16r", "Standard_A8", "Standard_DC4as_v5", "Standard_DC2es_v5"),
        *("", "Standard_", "X", "Basic_B1s", "STANDARD_NC6S_V3 "),
    ],
)
def test_those_that_stay(size: str) -> None:
    """Newer series whose names are like those of older ones, some of which nobody says when they go, and no sizes."""
    assert series_of(size) is None


def test_a_region_may_keep_a_series_longer() -> None:
    """NVv3 goes in September 2026, and in UAE North in January after."""
    series = series_of("STANDARD_NV12S_V3")
    assert series is not None
    assert series.retires_in("eastus2") == date(2026, 9, 30)
    assert series.retires_in("uaenorth") == date(2027, 1, 31)


def test_the_table() -> None:
    """The soonest first, each once, each with Microsoft's own page; what a region adds is time."""
    assert len({series.name for series in RETIRING}) == len(RETIRING)
    assert all(one.retires <= other.retires for one, other in pairwise(RETIRING))
    assert all(series.page.startswith("https://learn.microsoft.com/azure/") for series in RETIRING)
    assert all(day > series.retires for series in RETIRING for day in series.later.values())
    assert all(region == region.casefold().replace(" ", "") for series in RETIRING for region in series.later)


def test_the_manual_has_the_table() -> None:
    """Each series with its days and its page, in the same order, no other, and as of the same day."""
    rows = re.findall(r"^\| (.+) \| (\d{4}-\d\d-\d\d)(?:; (\w+) on (\S+))? \| \[.*\]\((.*)\) \|$", MANUAL, re.MULTILINE)
    told = [(name, when, {region: day} if region else {}, page) for name, when, region, day, page in rows]

    assert told == [
        (one.name, str(one.retires), {region: str(day) for region, day in one.later.items()}, one.page)
        for one in RETIRING
    ]
    assert f"as it was on {AS_OF.day} {AS_OF:%B %Y}" in MANUAL
