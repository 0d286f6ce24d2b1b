"""The queue triggers: the one worker for every change, and what becomes of a message nobody could answer."""

import azure.functions as func

from functions.edge import CHANGES, POISON, STORAGE, refusing, settle
from shared import log_context
from shared.bootstrap import App


def blueprint(app: App) -> func.Blueprint:
    """The functions `on_change` and `on_poison_change`."""
    bp = func.Blueprint()

    @bp.function_name("on_change")
    @bp.queue_trigger(arg_name="message", queue_name=CHANGES, connection=STORAGE)
    @bp.queue_output(arg_name="refused", queue_name=POISON, connection=STORAGE)
    @settle
    async def on_change(message: func.QueueMessage, refused: func.Out[str], context: func.Context) -> None:
        log_context.queued.set(message.insertion_time)
        text = _text(message)
        with refusing(refused, text):
            await app.answer(text, holder=context.invocation_id)

    @bp.function_name("on_poison_change")
    @bp.queue_trigger(arg_name="message", queue_name=POISON, connection=STORAGE)
    @settle
    async def on_poison_change(message: func.QueueMessage, context: func.Context) -> None:  # noqa: ARG001 - for the edge
        await app.report_unanswered(_text(message))

    return bp


def _text(message: func.QueueMessage) -> str:
    """The body as text; bytes that are no UTF-8 become marks that no parser takes for JSON."""
    return message.get_body().decode(errors="replace")
