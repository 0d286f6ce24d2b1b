"""The check of queries: what Microsoft's parser says, with its place; and what Azure would not take of an alert."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.queries import queries
from shared.model.errors import SettingsInvalid
from tools.alerts import AlertsInvalid, alerts
from tools.check_kql import problems

REPOSITORY = Path(__file__).resolve().parents[2]
QUERY = "HubwardenFindings_CL\n| where TimeGenerated > ago(1d)\n| project Fingerprint, Rule, FirstSeen\n"
ALERT: dict[str, Any] = {
    "name": "findings",
    "title": "There are findings",
    "query": "findings",
    "severity": 1,
    "frequency": "PT5M",
    "window": "P1D",
    "threshold": 0,
    "dimensions": ["Fingerprint"],
    "autoMitigate": True,
    "runbook": "findings",
    "why": "Because.",
}

type Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of a repository with one query, one alert, its runbook and an empty workbook."""

    def written(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    written("infra/queries/findings.kql", f"// What is found\n//\n// All of it.\n{QUERY}")
    written("infra/alerts.json", json.dumps([ALERT]))
    written("infra/workbook.json", "{}")
    written("docs/runbooks/findings.md", "# Findings\n")
    return written


def test_this_repository_has_none() -> None:
    """So the check fails for a reason."""
    assert problems(REPOSITORY) == []


@pytest.mark.usefixtures("write")
def test_a_repository_without_a_problem(tmp_path: Path) -> None:
    """The one that the other tests break."""
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("HubwardenRuns_CL\n| where  Nonesuch == 1\n", ":3:10: KS142 The name 'Nonesuch' does not refer to any known"),
        ("Nowhere | count\n", ":2:1: KS204 The name 'Nowhere' does not refer to any known table"),
        ("HubwardenRuns_CL | wher Hub == ''\n", ":2:20: KS"),
        ("HubwardenRuns_CL | extend X = strlen(Judged)\n", ":2:38: KS"),
    ],
    ids=["column", "table", "operator", "type"],
)
def test_what_the_parser_finds_has_file_line_column_and_code(
    write: Write, tmp_path: Path, text: str, says: str
) -> None:
    """Lines and columns as an editor counts them, behind the comments that a file begins with."""
    write("infra/queries/other.kql", f"// Other\n{text}")

    assert problems(tmp_path)[0].startswith(f"infra/queries/other.kql{says}")


def test_a_query_in_a_page_is_parsed(write: Write, tmp_path: Path) -> None:
    """With its place in the page; the page that is made from the folder is not read again."""
    write("docs/finance.md", "# Finance\n\n```kql\nFocusCost\n| where Nonesuch == 1\n```\n")
    write("docs/queries.md", "```kql\nNowhere\nHubwardenRuns_CL\n| count\n```\n")

    (found,) = problems(tmp_path)
    assert found.startswith("docs/finance.md:5:9: KS142")


@pytest.mark.parametrize("fence", ["```kql\n{}\n```", "```kusto\n{}\n```", '```bash\naz monitor … "{}"\n```'])
def test_a_query_of_our_tables_that_a_page_writes_out(write: Write, tmp_path: Path, fence: str) -> None:
    """Nothing would run it: it belongs into the folder, whatever the page calls it."""
    write("docs/runbooks/findings.md", fence.format("HubwardenRuns_CL | count"))

    (found,) = problems(tmp_path)
    assert found.startswith(
        "docs/runbooks/findings.md:2: a query of our tables is written out; put it into infra/queries"
    )


def test_a_query_of_the_workbook_that_stands_nowhere_else(write: Write, tmp_path: Path) -> None:
    """One that was edited in the portal and put back; Resource Graph's, which fills a list, is none of ours."""
    shown = [{"query": QUERY.strip(), "queryType": 0}, {"query": "resources", "queryType": 1}]
    write(
        "infra/workbook.json", json.dumps({"items": [*shown, {"content": {"query": "Mine | count", "queryType": 0}}]})
    )

    assert problems(tmp_path) == [
        "infra/workbook.json: a query is none of infra/queries: Mine | count …; run python -m tools.docs"
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"query": "finding"}, "no query is called finding; name one in infra/queries"),
        ({"runbook": "nonesuch"}, "its runbook docs/runbooks/nonesuch.md is not there; write it"),
        ({"severity": 5}, "severity 5 is none of 0 to 4"),
        ({"name": "Findings!"}, "its name is more than small letters and hyphens"),
        ({"window": "P7D"}, "Azure takes no window of P7D"),
        ({"frequency": "PT7M"}, "Azure takes no frequency of PT7M"),
        ({"frequency": "daily"}, "Azure takes no frequency of daily"),
        ({"frequency": "P2D"}, "it is evaluated every P2D, and sees only P1D: it would miss rows"),
        ({"frequency": "P1D"}, "Azure wants it evaluated every twelve hours, not every P1D"),
        ({"window": "PT6H"}, "its query looks back 1 day, 0:00:00, and Azure cuts that at the window of PT6H"),
        (
            {"dimensions": ["Nonesuch"]},
            "the dimension Nonesuch is no column of its query, and must be text or a number",
        ),
        ({"dimensions": ["FirstSeen"]}, "the dimension FirstSeen is datetime, and must be text or a number"),
        ({"dimensions": ["Rule"] * 7}, "it has 7 dimensions, and Azure takes 6"),
    ],
)
def test_what_azure_would_not_take_of_an_alert(write: Write, tmp_path: Path, change: dict[str, Any], says: str) -> None:
    """Told here, and not half-way through a deployment, or never."""
    write("infra/alerts.json", json.dumps([{**ALERT, **change}]))
    (found,) = problems(tmp_path)

    assert found.startswith("infra/alerts.json: ")
    assert says in found


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("HubwardenRuns_CL | union HubwardenRuns_CL", "its query uses union, which is none of distinct,"),
        ("HubwardenRuns_CL | evaluate bag_unpack(CorrelationIds)", "its query uses evaluate, which is none of"),
        ("HubwardenRuns_CL | take 5", "its query uses take, which is none of"),
        ("HubwardenRuns_CL | where TimeGenerated > ago(2 * 1h)", "its query has ago() of more than a literal"),
        ("HubwardenRuns_CL | summarize AggregatedValue = count()", "its query uses AggregatedValue, which is Azure's"),
    ],
)
def test_what_a_log_search_alert_does_not_take(write: Write, tmp_path: Path, query: str, says: str) -> None:
    """Although it is good KQL."""
    write("infra/queries/findings.kql", f"// What is found\n{query}\n")
    write("infra/alerts.json", json.dumps([{**ALERT, "dimensions": []}]))
    (found,) = problems(tmp_path)

    assert says in found


def test_two_alerts_of_one_name(write: Write, tmp_path: Path) -> None:
    """The second would replace the first."""
    write("infra/alerts.json", json.dumps([ALERT, ALERT]))

    assert problems(tmp_path) == ["infra/alerts.json: findings: stands twice"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[{]", "infra/alerts.json: Expecting property name"),
        ("[1]", "infra/alerts.json: "),
        (json.dumps([{**ALERT, "color": "red"}]), "alert 1 has, or lacks, color"),
        (json.dumps([{name: value for name, value in ALERT.items() if name != "why"}]), "alert 1 has, or lacks, why"),
    ],
)
def test_what_is_no_file_of_alerts(write: Write, tmp_path: Path, text: str, says: str) -> None:
    """Named with what is wrong."""
    write("infra/alerts.json", text)
    with pytest.raises(AlertsInvalid, match=says):
        alerts(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"), [("T | count\n", "begins without a title"), ("// Title\n", "holds no query")]
)
def test_a_file_that_is_no_query(tmp_path: Path, text: str, says: str) -> None:
    """Each tells what it is, for the docs and for whoever lists them."""
    (tmp_path / "odd.kql").write_text(text)
    with pytest.raises(SettingsInvalid, match=f"odd.kql: {says}"):
        queries(tmp_path)
