"""Finds the effective tags of a made-up estate once in this process, and whom each cost belongs to."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from local.synthetic.estate import Size, generate
from shared.adapters.policy_files import read
from shared.costs.attribution import attributions
from shared.costs.effective import EffectiveTags
from shared.model.estate import Estate
from shared.model.facts import Fact, Source
from shared.policy.load import load
from shared.rules.catalogue import RULES

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SIZE = Size(hubs=2200, projects=10)
_NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


def main() -> dict[str, float]:
    """How many resources, and what it took, in seconds; reading the estate is not in it."""
    schema = load(read(REPOSITORY / "policy"), RULES, _NOW).cost_tags
    estate = Estate.of(Fact.of(document, Source.FILE) for document in generate(SIZE, seed=7))
    began = time.perf_counter()
    tags = EffectiveTags(estate, schema)
    tagged = sum(tags.of(fact) is not None for fact in estate)
    found = time.perf_counter() - began
    attributed = len(attributions(tags, estate))
    both = time.perf_counter() - began
    return {"resources": len(estate.facts), "tagged": tagged, "attributed": attributed, "tags": found, "both": both}


if __name__ == "__main__":
    print(json.dumps(main()))
