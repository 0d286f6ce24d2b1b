"""HTTP: routes with parameters, each auth level, and the ways a function can end."""

import asyncio
import json
import logging
import os
import threading

import azure.functions as func

web = func.Blueprint()
log = logging.getLogger(__name__)


@web.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> str:
    return f"ok {req.method}"


@web.route(route="items/{kind}/{id:int?}", methods=["GET", "POST"])
async def items(req: func.HttpRequest) -> func.HttpResponse:
    told = {"route": dict(req.route_params), "query": dict(req.params), "body": req.get_body().decode()}
    return func.HttpResponse(json.dumps(told), status_code=201, mimetype="application/json", headers={"X-Test": "1"})


@web.route(route="items/special", methods=["GET"])
async def special(req: func.HttpRequest) -> str:
    return f"special {req.method}"


@web.route(route="secret", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
async def secret(req: func.HttpRequest) -> str:
    return f"open {req.method}"


@web.route(route="end/{how}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def end(req: func.HttpRequest) -> str:
    match req.route_params["how"]:
        case "cancelled":
            raise asyncio.CancelledError
        case "exit":
            raise SystemExit(3)
        case "hang":
            await asyncio.Event().wait()
        case how:
            raise ValueError(f"ended by {how}")
    return "never"


@web.route(route="log/{token}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def log_async(req: func.HttpRequest, context: func.Context) -> str:
    for step in range(3):
        log.info("async %s %d %s", req.route_params["token"], step, context.invocation_id)
        await asyncio.sleep(0)
    return context.invocation_id


@web.route(route="pool/{token}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def log_pool(req: func.HttpRequest, context: func.Context) -> str:
    log.info("pool %s %s %s", req.route_params["token"], threading.current_thread().name, context.invocation_id)
    return context.invocation_id


@web.route(route="environment", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def environment(req: func.HttpRequest) -> str:
    return json.dumps({"cwd": os.getcwd(), "marker": os.environ.get("MARKER"), "asked": req.method})  # noqa: PTH109 - proves where the app runs
