"""A small real Functions app: every trigger and binding the local host runs, driven by the tests over the wire."""

import azure.functions as func
from triggers import BLUEPRINTS  # type: ignore[import-not-found]  # the app's own folder, on the path only in the host

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for blueprint in BLUEPRINTS:
    app.register_functions(blueprint)
