"""Which api-versions each resource provider takes.

Azure ML: the published list (CONTRACTS 1), from 2024-04-01 on. For other providers only the form is checked, because
their lists are not needed to judge Hubwarden.
"""

import re

from local.azure.arm.errors import ArmError, bad_request

MACHINE_LEARNING = "microsoft.machinelearningservices"
MACHINE_LEARNING_STABLE = (
    "2024-04-01",
    "2024-10-01",
    "2025-04-01",
    "2025-06-01",
    "2025-09-01",
    "2025-12-01",
    "2026-03-01",
    "2026-05-01",
)
FORM = re.compile(r"\d{4}-\d{2}-\d{2}(-preview|-privatepreview)?")


def check_api_version(version: str | None, namespace: str, kind: str, *, previews: bool = True) -> None:
    """Raises the 400 that ARM answers for a missing, malformed or unknown api-version.

    Without `previews` Azure ML has retired all of those, as it does one by one.
    """
    if not version:
        raise bad_request(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if not FORM.fullmatch(version):
        raise bad_request(
            "InvalidApiVersionParameter",
            f"The api-version '{version}' is invalid. The supported versions have the form 'YYYY-MM-DD' or "
            "'YYYY-MM-DD-preview'.",
        )
    if namespace.casefold() == MACHINE_LEARNING and not _machine_learning_knows(version, previews=previews):
        raise ArmError(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for API version '{version}' for type '{kind}'. The supported "
            f"api-versions are '{', '.join(MACHINE_LEARNING_STABLE)}'.",
        )


def is_preview(version: str) -> bool:
    """Whether a version also serves the operations that never became stable."""
    return version.endswith("preview")


def _machine_learning_knows(version: str, *, previews: bool) -> bool:
    kept = previews and is_preview(version) and version >= MACHINE_LEARNING_STABLE[0]
    return kept or version in MACHINE_LEARNING_STABLE
