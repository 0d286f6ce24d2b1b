"""Whether an instance is still what was judged, directly before it is written to: what cannot be taken back waits."""

from shared.images.definition import capture
from shared.images.machine import Machine
from shared.model.action import DeleteInstance, RestartInstance, StopInstance
from shared.model.facts import Fact


def overtaken(fact: Fact, action: StopInstance | RestartInstance | DeleteInstance) -> str:
    """Why an action must not be sent to an instance as it is now; empty where it is as it was judged."""
    machine = Machine.of(fact)
    if not fact.present:
        return "it is gone"
    if fact.text("properties", "provisioningState") == "Deleting":
        return "it is being deleted"
    if machine.state != action.state:
        return f"its state is {machine.state or None!r} by now, and not {action.state!r}"
    if machine.as_seen != action.seen:
        return "it was made anew, or started or stopped, since it was judged"
    if isinstance(action, DeleteInstance) and capture(fact).document != action.document:
        return "its settings have changed since they were taken down"
    return ""
