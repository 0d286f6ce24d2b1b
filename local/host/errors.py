"""The two ways the host says no: it refuses to run at all, or one invocation failed."""


class HostError(Exception):
    """The host cannot start. The message is one line: what is wrong, where, and what to do next."""


class InvocationFailed(Exception):
    """A function raised, ran out of time, or its output could not be written; whoever triggered it decides what now."""
