"""What the people of the ladder do: they make their own instance anew, and start it."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

import aiohttp

from local.ladder.estate import Workplace, body
from local.ladder.world import Ladder
from local.processes import ProcessError
from local.stage import ARM_AUDIENCE
from local.synthetic.documents import Document

_VERSION: Final = "api-version=2025-12-01"
_A_MOMENT: Final = timedelta(minutes=5)
"""Longer than what a person sets going takes."""


async def renew(ladder: Ladder, place: Workplace) -> None:
    """Whose it is deletes it and makes it anew, and it is there. Raises ProcessError where Azure refuses."""
    await _arm(ladder, place, "DELETE", f"?{_VERSION}&underlyingResourceAction=Delete")
    await _arm(ladder, place, "PUT", f"?{_VERSION}", body(place))


async def start(ladder: Ladder, place: Workplace) -> None:
    """Whose it is starts it, and it runs. Raises ProcessError where Azure refuses."""
    await _arm(ladder, place, "POST", f"/start?{_VERSION}")


async def _arm(ladder: Ladder, place: Workplace, method: str, rest: str, body: Document | None = None) -> None:
    azure = ladder.azure
    token = azure.tokens.issue(ARM_AUDIENCE, azure.directory.person(place.who)).value
    url, headers = f"{azure.url}{place.id}{rest}", {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url, json=body) as answer,
    ):
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise ProcessError(f"Azure refused {method} {place.id}: {answer.status} {(await answer.text())[:300]}")
    await ladder.until(ladder.now + _A_MOMENT)
