"""What Azure takes of tags (CONTRACTS §6): a merge that would pass a limit is refused before it is tried."""

from collections.abc import Mapping

from shared.model.facts import Fact, Kind

MOST_TAGS = 50
"""Tags a resource can carry."""
LONGEST_NAME = 512
LONGEST_STORAGE_NAME = 128
LONGEST_VALUE = 256
"""Characters of a tag's name, of one on a storage account, and of its value."""


def refusal(fact: Fact, merge: Mapping[str, str], remove: Mapping[str, str]) -> str:
    """Why Azure would refuse these changes to a resource's tags; empty where it would not."""
    most = len(fact.tags) + sum(fact.tag(name) is None for name in merge)  # what is removed goes only after
    if most > MOST_TAGS:
        at_last = f", {most - len(remove)} at the end" if remove else ""
        return (
            f"the resource would carry {most} tags{at_last} and Azure takes {MOST_TAGS}; remove some that serve nobody"
        )
    longest = LONGEST_STORAGE_NAME if fact.kind is Kind.STORAGE else LONGEST_NAME
    for name, value in merge.items():
        if len(name) > longest:
            return f"the tag's name has {len(name)} characters and Azure takes {longest} on a {fact.kind}"
        if len(value) > LONGEST_VALUE:
            return f"the value of {name} has {len(value)} characters and Azure takes {LONGEST_VALUE}"
    return ""
