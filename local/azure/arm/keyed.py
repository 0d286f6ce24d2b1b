"""What every provider with two keys needs to answer listKeys and regenerateKey in its own words."""

from collections.abc import Mapping

from local.azure.arm.errors import bad_request
from local.azure.keyring import Slot

KEY_SLOTS: Mapping[str, Slot] = {"key1": 1, "key2": 2}


def slot_named(name: str, slots: Mapping[str, Slot] = KEY_SLOTS) -> Slot:
    """The slot a client names, whatever its letter case; raises ArmError 400 that names the known ones."""
    slot = slots.get(name.casefold())
    if slot is None:
        raise bad_request("InvalidKeyName", f"The key '{name}' is not known. Use one of: {', '.join(slots)}.")
    return slot
