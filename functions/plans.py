"""`GET /api/plan`: what a run would find and write now, for people to read before they let it enforce."""

import json
from http import HTTPStatus

import azure.functions as func

from functions.edge import settle
from shared.bootstrap import App
from shared.model.errors import BadResourceId, HubwardenError


def blueprint(app: App) -> func.Blueprint:
    """The function `plan`."""
    bp = func.Blueprint()

    @bp.function_name("plan")
    @bp.route(route="plan", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @settle
    async def plan(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:  # noqa: ARG001 - for the edge
        try:
            preview = await app.preview(req.params.get("hub", ""))
        except BadResourceId as error:
            return _answer(HTTPStatus.BAD_REQUEST, {"error": str(error), "usage": "/api/plan?hub=<ARM id of a hub>"})
        except HubwardenError as error:
            return _answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error)})
        return _answer(HTTPStatus.OK, preview)

    return bp


def _answer(status: HTTPStatus, body: object) -> func.HttpResponse:
    text = json.dumps(body, indent=2, default=str)
    return func.HttpResponse(text, status_code=status.value, mimetype="application/json")
