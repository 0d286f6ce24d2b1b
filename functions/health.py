"""`GET /api/health`: can we read, may we write, is the policy valid, how old is the last run, which version is this."""

import json

import azure.functions as func

from functions.edge import settle
from shared.bootstrap import App


def blueprint(app: App) -> func.Blueprint:
    """The function `health`."""
    bp = func.Blueprint()

    @bp.function_name("health")
    @bp.route(route="health", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @settle
    async def health(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:  # noqa: ARG001 - bound by name
        report = await app.health()
        body = json.dumps(report.as_json(), indent=2)
        return func.HttpResponse(body, status_code=200 if report.healthy else 503, mimetype="application/json")

    return bp
