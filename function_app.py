"""
The Function App: settings, then the app, then its functions. Nothing reaches Azure before the first invocation.

Where to look: functions/ for what wakes it, shared/bootstrap.py for what it is made of, shared/rules/catalogue.py for
what it wants.
"""

import os
from pathlib import Path

import azure.functions as func

from functions import changes, events, health, plans, reports, rotations, sweeps
from shared import log_records
from shared.bootstrap import App

log_records.install()
_hubwarden = App(os.environ, Path(__file__).parent)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for module in (events, changes, sweeps, rotations, reports, plans, health):
    app.register_functions(module.blueprint(_hubwarden))
