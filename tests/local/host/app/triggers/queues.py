"""Queues: what happened to each message is put on other queues, where a test can see it."""

import asyncio
import json
import logging
import os
from pathlib import Path

import azure.functions as func

queues = func.Blueprint()
log = logging.getLogger(__name__)


@queues.queue_trigger(arg_name="message", queue_name="%PREFIX%changes", connection="AzureWebJobsStorage")
@queues.queue_output(arg_name="done", queue_name="%PREFIX%done", connection="AzureWebJobsStorage")
async def on_change(message: func.QueueMessage, done: func.Out[str], context: func.Context) -> None:
    body = message.get_body().decode()
    log.info("change, dequeue count %s", message.dequeue_count)
    if "poison" in body:
        raise RuntimeError("cannot work on this")
    done.set(json.dumps({"body": body, "dequeues": message.dequeue_count, "invocation": context.invocation_id}))


@queues.queue_trigger(arg_name="message", queue_name="%PREFIX%changes-poison", connection="AzureWebJobsStorage")
@queues.queue_output(arg_name="seen", queue_name="%PREFIX%seen-poison", connection="AzureWebJobsStorage")
async def on_poison(message: func.QueueMessage, seen: func.Out[bytes]) -> None:
    log.info("poison, dequeue count %s", message.dequeue_count)
    if b"refuse" in message.get_body():
        raise RuntimeError("not even here")
    seen.set(message.get_body())


@queues.queue_trigger(arg_name="message", queue_name="%PREFIX%slow", connection="AzureWebJobsStorage")
@queues.queue_output(arg_name="done", queue_name="%PREFIX%done", connection="AzureWebJobsStorage")
async def on_slow(message: func.QueueMessage, done: func.Out[str]) -> None:
    log.info("slow work begins")
    gate = Path(os.environ["GATE"])
    while not gate.exists():  # noqa: ASYNC110, ASYNC240 - the test opens the gate, from another process
        await asyncio.sleep(0.02)
    done.set(message.get_body().decode())
