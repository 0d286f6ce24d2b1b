"""A fleet in figures, by the app's own count."""

from local.images.fleet import Fleet
from shared.images.tally import Standing, Summary, count
from shared.images.tally import summarize as summed


def summarize(fleet: Fleet) -> Summary:
    """The figures of a fleet."""
    standings = (Standing(one.hub, one.owner, one.verdict, one.age, one.behind) for one in fleet.instances)
    clusters = sum(one.machine.is_cluster for one in fleet.computes)
    return summed(count(standings), clusters, len(fleet.never_empty))
