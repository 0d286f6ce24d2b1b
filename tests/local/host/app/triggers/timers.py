"""Timers: each run leaves a message that says when and how it ran."""

import asyncio
import json

import azure.functions as func

timers = func.Blueprint()
runs = 0
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
    global running, runs  # noqa: PLW0603 - what this function proves spans its runs
    runs += 1
    running += 1
    ticks.set(json.dumps({"run": runs, "at_once": running, "past_due": timer.past_due}))
    await asyncio.sleep(1.1)
    running -= 1
    if runs == 1:
        raise RuntimeError("the first run fails")
