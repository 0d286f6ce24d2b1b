"""Timers: each run leaves a message that says when and how it ran."""

import asyncio
import json

import azure.functions as func

timers = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped
running = 0


@timers.timer_trigger(arg_name="timer", schedule="%NIGHTLY%")
@timers.queue_output(arg_name="ticks", queue_name="%PREFIX%nightly", connection="AzureWebJobsStorage")
@timers.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
async def nightly(timer: func.TimerRequest, ticks: func.Out[str], context: func.Context) -> None:
    if context.retry_context.retry_count < 2:
        raise RuntimeError("fails twice")
    told = {"retries": context.retry_context.retry_count, **json.loads(timer.to_json())}
    ticks.set(json.dumps(told))


@timers.timer_trigger(arg_name="timer", schedule="* * * * * *")
@timers.queue_output(arg_name="ticks", queue_name="%PREFIX%seconds", connection="AzureWebJobsStorage")
async def every_second(timer: func.TimerRequest, ticks: func.Out[str]) -> None:
    global running  # noqa: PLW0603 - what this function proves is that its runs do not overlap
    running += 1
    await asyncio.sleep(1.2)
    ticks.set(json.dumps({"at_once": running, "past_due": timer.past_due}))
    running -= 1
