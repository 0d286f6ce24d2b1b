"""The id that ties what we do to why we do it."""

from contextvars import ContextVar

correlation: ContextVar[str] = ContextVar("correlation", default="")
"""A GUID that ARM repeats in the activity log and in the event of a write; empty lets every call make its own."""
