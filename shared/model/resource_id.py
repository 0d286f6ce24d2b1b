"""
ARM resource ids: parsed once, compared as Azure compares them, hostile until parsed.

Azure treats ids case-insensitively and sends them in mixed case, even inside one document (`Microsoft.Keyvault` and
`Microsoft.KeyVault`, `resourcegroups` and `resourceGroups`), so equality and hash go by the casefolded text while the
text itself is kept as it came, for people to read.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, override

from shared.model.errors import BadResourceId

LONGEST = 2048
"""Characters. Far above any real id (a project's connection has about 300), far below what would hurt us."""

_SEGMENT = re.compile(r"(?!\.(?:/|$))[\w().~@ -](?:[\w.()~@: -]*[\w()~@:-])?")
_WHOLE = re.compile(
    f"/subscriptions/{_SEGMENT.pattern}(?:/{_SEGMENT.pattern}/{_SEGMENT.pattern})*",
    re.IGNORECASE,
)
"""All of an id at once: a run parses tens of thousands of them."""
_SHOWN = 120


@dataclass(frozen=True, slots=False, eq=False)
class ResourceId:
    """The id of one ARM resource, resource group or subscription. Make one with `parse`."""

    text: str
    key: str = field(repr=False)
    """The id as Azure compares it: casefolded, without a trailing slash. Fit for table keys after hashing."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read an id as an event, a document or a person wrote it.

        Raises BadResourceId for anything that is not a plain path of ARM segments: `..`, encoded or doubled slashes,
        control characters, missing values, more than `LONGEST` characters.
        """
        if len(text) > LONGEST:
            raise BadResourceId(f"resource id has {len(text)} characters, more than {LONGEST}: {text[:_SHOWN]!r}…")
        trimmed = text.rstrip("/") if text.startswith("/") else text
        if not _WHOLE.fullmatch(trimmed):
            raise BadResourceId(_problem(trimmed, text[:_SHOWN]))
        return cls(trimmed, trimmed.casefold())

    @classmethod
    def find(cls, text: object) -> Self | None:
        """The id in a field that may be absent, null, empty or no id at all; None where there is none."""
        if not isinstance(text, str) or not text.startswith("/"):
            return None
        try:
            return cls.parse(text)
        except BadResourceId:
            return None

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResourceId) and self.key == other.key

    @override
    def __hash__(self) -> int:
        return hash(self.key)

    def __lt__(self, other: "ResourceId") -> bool:
        return self.key < other.key

    @override
    def __str__(self) -> str:
        return self.text

    @cached_property
    def _segments(self) -> list[str]:
        return self.text.split("/")

    @cached_property
    def subscription(self) -> str:
        """The subscription's GUID, casefolded."""
        return self.key.split("/")[2]

    @cached_property
    def resource_group(self) -> str:
        """The resource group's name as written; empty for a subscription."""
        segments = self._segments
        return segments[4] if len(segments) > 4 and segments[3].casefold() == "resourcegroups" else ""  # noqa: PLR2004 - its place in an id

    @cached_property
    def group_id(self) -> "ResourceId | None":
        """The id of the resource group it lies in, or is; None for a subscription and what lies in it directly."""
        return self._upto(5) if self.resource_group else None

    @cached_property
    def subscription_id(self) -> "ResourceId":
        """The id of its subscription."""
        return self._upto(3)

    @cached_property
    def name(self) -> str:
        """The last segment, as written."""
        return self._segments[-1]

    @cached_property
    def _providers(self) -> list[int]:
        """Where the word `providers` stands as a key: a resource group may well have it for a name."""
        return [at for at in range(1, len(self._segments), 2) if self._segments[at].casefold() == "providers"]

    @cached_property
    def type(self) -> str:
        """The resource type, casefolded, such as `microsoft.machinelearningservices/workspaces/connections`."""
        if not self._providers:
            return "microsoft.resources/resourcegroups" if self.resource_group else "microsoft.resources/subscriptions"
        namespace, *rest = self._segments[self._providers[-1] + 1 :]
        return "/".join((namespace, *rest[::2])).casefold()

    @cached_property
    def parent(self) -> "ResourceId | None":
        """The resource one level up: a connection's workspace; None for a top-level resource."""
        if not self._providers or len(self._segments) - self._providers[-1] <= 4:  # noqa: PLR2004 - the key, namespace, type and name make a top-level resource
            return None
        return self._upto(-2)

    @cached_property
    def base(self) -> "ResourceId":
        """The resource an extension hangs on: w for `…/w/providers/Microsoft.Resources/tags/default`."""
        return self if len(self._providers) < 2 else self._upto(self._providers[1])  # noqa: PLR2004 - the second is the extension's

    def _upto(self, end: int) -> "ResourceId":
        text = "/".join(self._segments[:end])
        return ResourceId(text, text.casefold())

    def within(self, other: "ResourceId") -> bool:
        """Whether this is `other` or lies under it, a project's connection under the project."""
        return self.key == other.key or self.key.startswith(f"{other.key}/")

    def child(self, kind: str, name: str) -> "ResourceId":
        """The id of a child, such as `child("connections", "aoai")`."""
        text = f"{self.text}/{kind}/{name}"
        return ResourceId(text, text.casefold())


def _problem(trimmed: str, shown: str) -> str:
    """Why text is no id, in words for whoever sent it."""
    segments = trimmed.split("/")
    if segments[0] or len(segments) < 3 or segments[1].casefold() != "subscriptions":  # noqa: PLR2004 - "", "subscriptions", its id
        return f"not an ARM resource id, it must start with /subscriptions/: {shown!r}"
    for segment in segments[1:]:
        if not _SEGMENT.fullmatch(segment):
            return f"resource id has a segment that Azure does not allow, {segment[:40]!r}: {shown!r}"
    return f"resource id ends in the middle, {segments[-1]!r} has no value: {shown!r}"
