"""`docs/queries.md`: each query of `infra/queries` with its prose, by the table that it asks; and as JSON for Bicep."""

import json
from collections.abc import Iterable, Mapping

from local.queries import Query
from tools.alerts import Alert
from tools.hand_written import part

OF_ALERTS = "alert-"
"""What the name of a query begins with that an alert goes by."""


def queries_page(queries: Mapping[str, Query], kept: Mapping[str, str]) -> str:
    """`docs/queries.md`."""
    by_table: dict[str, list[Query]] = {}
    for query in queries.values():
        if not query.name.startswith(OF_ALERTS):
            by_table.setdefault(_table(query), []).append(query)
    sections = [f"# Queries\n\n{part('intro', kept)}"]
    sections += [_section(name, by_table[name]) for name in sorted(by_table)]
    own = [query for query in queries.values() if query.name.startswith(OF_ALERTS)]
    sections.append(_section("What alerts go by", own, part("alerts", kept)))
    return "\n\n".join(sections) + "\n"


def queries_json(queries: Mapping[str, Query], alerts: Iterable[Alert]) -> str:
    """`infra/queries.json`: the queries that alerts go by, for Bicep reads no folder."""
    wanted = sorted({alert.query for alert in alerts})
    return json.dumps({name: queries[name].text for name in wanted if name in queries}, indent=2) + "\n"


def _section(heading: str, queries: Iterable[Query], intro: str = "") -> str:
    return "\n\n".join([f"## {heading}", *([intro] if intro else []), *map(_shown, queries)])


def _shown(query: Query) -> str:
    about = f"{query.about}\n\n" if query.about else ""
    command = f"`python -m local query {query.name}`"
    return f"### {query.title}\n\n{about}{command}\n\n```kql\n{query.text}\n```"


def _table(query: Query) -> str:
    return query.text.split(maxsplit=1)[0]
