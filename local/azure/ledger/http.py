"""`/_standin/ledger`: the ledger's entries, and its answers to a test's questions."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from local.azure.cloud import Cloud
from local.azure.ledger.secrecy import killed_keys_in_use, secrets_logged

type Question = Callable[[str], Any]


class LedgerRoutes:
    """GET for entries and answers; POST of a text asks whether it holds a secret."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        ledger = cloud.ledger
        self._questions: Mapping[str, Question] = {
            "writes": lambda who: [asdict(entry) for entry in ledger.writes(who)],
            "lostTags": lambda _: [asdict(tag) for tag in ledger.lost_tags()],
            "repeatedWrites": lambda who: [asdict(write) for write in ledger.repeated_writes(who)],
            "killedKeysInUse": lambda _: killed_keys_in_use(cloud),
            "turnedAway": lambda who: [asdict(one) for one in ledger.turned_away if who in ("", one.principal)],
            "refused": lambda who: {str(status): number for status, number in ledger.refused(who).items()},
            "counts": self._counts,
        }

    def routes(self) -> list[web.RouteDef]:
        """The paths and their methods."""
        return [web.get("/_standin/ledger", self._entries), web.post("/_standin/ledger", self._look_for_secrets)]

    async def _entries(self, request: web.Request) -> web.Response:
        ledger, wanted = self._cloud.ledger, request.query.get("ask")
        if wanted is None:
            return web.json_response(
                {
                    "requests": [asdict(entry) for entry in ledger.requests],
                    "changes": [asdict(entry) for entry in ledger.changes],
                }
            )
        if wanted not in self._questions:
            error = f"The ledger does not know {wanted!r}; ask one of {', '.join(self._questions)}."
            return web.json_response({"error": error}, status=400)
        return web.json_response({wanted: self._questions[wanted](request.query.get("principal", ""))})

    async def _look_for_secrets(self, request: web.Request) -> web.Response:
        return web.json_response({"secretsLogged": secrets_logged(self._cloud, await request.text())})

    def _counts(self, principal: str) -> list[dict[str, Any]]:
        return [
            {"principal": who, "method": method, "status": status, "requests": number}
            for (who, method, status), number in self._cloud.ledger.counts.items()
            if principal in ("", who)
        ]
