"""
What can go wrong, as one tree. The functions edge maps the two branches to what the platform should do next.

* HubwardenError
  + RetryableError       deliver the message again
    - Throttled          Azure asked us to slow down; `retry_after` in seconds, if it said so
    - DependencyDown     a service we need did not answer, or answered 5xx
    - Conflict           another operation runs on the resource (409); its end will be seen
      - Overtaken        it is no longer what was judged, and so nothing was sent
    - Unsure             a write that must not be sent twice got no answer; look before the next one
    - BillIncomplete     the rows of a bill do not add up to what Azure says it comes to; nothing is reported on half
  + PermanentError       another try cannot help
    - BadEvent           a message that is no event we can use
    - BadResourceId      text that is no ARM resource id
    - PolicyInvalid      the policy files are unclear; nothing is judged on half a policy
    - EstateInvalid      a file of ARM documents or of costs cannot be read as such
    - AllocationFailed   a month is too large to be split, or the database that splits it failed
    - AllocationDiffers  the parts of a split bill do not add up to it; nothing is published that is a billionth off
    - Forbidden          our identity lacks a permission; `permission` names it
    - Rejected           Azure refused the request as such (4xx); trying again would be refused again
    - SettingsInvalid    the environment lacks a setting, or one has a value we cannot use
"""


class HubwardenError(Exception):
    """The root of all errors that are ours to explain: the message says what, which, and what to do next."""


class RetryableError(HubwardenError):
    """Another delivery of the same message may succeed."""


class Throttled(RetryableError):
    """Azure asked us to slow down."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep `retry_after`, in seconds, where Azure named it."""
        super().__init__(message)
        self.retry_after = retry_after


class DependencyDown(RetryableError):
    """A service we need did not answer, or answered with a failure of its own."""


class Conflict(RetryableError):
    """Another operation is running on the resource, or changed it under our hands."""


class Overtaken(Conflict):
    """The resource is no longer what was judged; nothing was sent, and whoever looks again sees why."""


class Unsure(RetryableError):
    """A write that must not be sent twice got no answer that says whether it was done."""


class BillIncomplete(RetryableError):
    """The rows of a bill do not add up to what Azure itself says that it comes to."""


class PermanentError(HubwardenError):
    """Another try cannot help; someone must change something first."""


class BadEvent(PermanentError):
    """A message that is no event we can use."""


class BadResourceId(PermanentError):
    """Text that is no ARM resource id."""


class PolicyInvalid(PermanentError):
    """The policy files are unclear; `problems` holds one line for each thing to mend."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep every problem, so that one look mends them all."""
        super().__init__("\n".join(problems))
        self.problems = problems


class EstateInvalid(PermanentError):
    """A file of ARM documents or of costs cannot be read as such."""


class AllocationFailed(PermanentError):
    """A month is too large to be split here, or the database that splits it failed."""


class AllocationDiffers(PermanentError):
    """The parts of a split bill do not add up to it: a fault of ours, or a row that no bill should have."""


class Forbidden(PermanentError):
    """Our identity lacks a permission on a scope."""

    def __init__(self, message: str, permission: str) -> None:
        """Keep the permission by its ARM name, such as `Microsoft.Resources/tags/write`."""
        super().__init__(message)
        self.permission = permission


class Rejected(PermanentError):
    """Azure refused the request as such; the same request would be refused again."""


class SettingsInvalid(PermanentError):
    """The environment lacks a setting, or one has a value we cannot use."""
