"""ARM's refusals, in the two body shapes a client meets: generic ARM and Azure ML's own.

Shapes: CONTRACTS 7. Clients must branch on the HTTP status; Azure ML says `UserError` for most of them.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from local.azure.arm_ids import name_of, resource_type

NO_HEADERS: Mapping[str, str] = {}


class ArmError(Exception):
    """A request ARM refuses: status, error code, message and the headers that go with it."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def body(self, moment: str) -> dict[str, Any]:
        """The generic ARM error body; `moment` is unused here and told by Azure ML's shape."""
        del moment
        return {"error": {"code": self.code, "message": self.message}}


class MachineLearningError(ArmError):
    """A refusal by Azure ML itself: `error.code` is `UserError`, the cause lies in `innerError`."""

    def body(self, moment: str) -> dict[str, Any]:
        """The body the workspace service ("account-rp") answers."""
        error = dict.fromkeys(
            ("severity", "messageFormat", "messageParameters", "referenceCode", "detailsUri", "target")
        )
        error |= {"debugInfo": None, "additionalInfo": None}
        return {
            "error": {
                "code": "UserError",
                "message": self.message,
                "details": [],
                "innerError": {"code": self.code, "innerError": None},
                **error,
            },
            "correlation": {"operation": uuid.uuid4().hex, "request": uuid.uuid4().hex[:16]},
            "environment": "local",
            "location": "local",
            "time": moment,
            "componentName": "account-rp",
        }


def bad_request(code: str, message: str) -> ArmError:
    """400."""
    return ArmError(400, code, message)


def resource_not_found(resource_id: str, group: str) -> ArmError:
    """404 for a top-level resource."""
    named = f"{resource_type(resource_id)}/{name_of(resource_id)}"
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{named}' under resource group '{group}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix",
    )


def parent_not_found(resource_id: str, parent_id: str) -> ArmError:
    """404 for a child of what does not exist."""
    return ArmError(
        404,
        "ParentResourceNotFound",
        f"Failed to perform 'read' on resource(s) of type '{resource_type(resource_id)}', because the parent "
        f"resource '{parent_id}' could not be found.",
    )


def conflict(message: str) -> ArmError:
    """409 of Azure ML: the resource's state does not allow this."""
    return MachineLearningError(409, "Conflict", message)


class FrontEndError(ArmError):
    """A refusal by Azure ML's management front end, which serves endpoints, deployments and datastores."""

    def body(self, moment: str) -> dict[str, Any]:
        """Code and message again as a detail, and where it came from as `additionalInfo`."""
        told = {
            "ComponentName": "managementfrontend",
            "Correlation": {"operation": uuid.uuid4().hex, "request": uuid.uuid4().hex[:16]},
            "Environment": "local",
            "Location": "local",
            "Time": moment,
        }
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "details": [{"code": "InferencingClientCallFailed", "message": self.message}],
                "additionalInfo": [{"type": name, "info": {"value": value}} for name, value in told.items()],
            }
        }
