"""The blueprints, in one tuple."""

from .events import events
from .queues import queues
from .timers import timers
from .web import web

BLUEPRINTS = (events, queues, timers, web)
