"""Start-up with something wrong: one clear line, exit code 1, no stack trace, nothing on standard output."""

import json
import shutil
import socket
from pathlib import Path

import pytest

from tests.local.host.driver import APP, launched

MINIMAL = """
import azure.functions as func
app = func.FunctionApp()
@app.route(route="ping")
def ping(req: func.HttpRequest) -> str: return "pong"
"""
TIMER = "@app.timer_trigger(arg_name='t', schedule='{}')\ndef tick(t: func.TimerRequest) -> None: ...\n"


async def refusal(storage: str, app: Path, *, port: int = 0, settings: dict[str, str] | None = None) -> str:
    """The one line a host that cannot start says."""
    async with launched(storage, app=app, port=port, settings=settings) as host:
        assert await host.ended() == 1
        assert host.process.stdout is not None
        assert await host.process.stdout.read() == b""
        (line,) = host.errors
        assert line.startswith("host: ")
        return line


def app_with(folder: Path, source: str | None = MINIMAL, host_json: str | None = '{"version": "2.0"}') -> Path:
    if source is not None:
        (folder / "function_app.py").write_text(source)
    if host_json is not None:
        (folder / "host.json").write_text(host_json)
    return folder


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import nosuchmodule\n", "ModuleNotFoundError: No module named 'nosuchmodule' ({app}/function_app.py:1)"),
        ("x = 1\nx = (\n", "SyntaxError: '(' was never closed (function_app.py, line 2) ({app}/function_app.py:2)"),
        ("raise ValueError('no setting A')\n", "ValueError: no setting A ({app}/function_app.py:1)"),
        ("raise SystemExit('enough')\n", "SystemExit('enough') was raised while it was imported"),
        ("x = 1\n", "Could not find top level function app instances in function_app.py"),
        (MINIMAL + TIMER.format("@daily"), "function 'tick' has no valid schedule: '@daily': number of fields is 1;"),
        (MINIMAL + TIMER.format("%WHEN%"), "function 'tick' uses %WHEN%, but there is no app setting WHEN: set it"),
        (
            MINIMAL + "@app.blob_trigger(arg_name='b', path='p', connection='C')\ndef f(b: func.InputStream): ...\n",
            "function 'f' has a binding of type 'blobTrigger'",
        ),
        (
            MINIMAL + "@app.queue_trigger(arg_name='m', queue_name='q', connection='Other')\n"
            "def f(m: func.QueueMessage): ...\n",
            "no storage connection 'Other': set Other to a connection string, or Other__queueServiceUri",
        ),
    ],
    ids=["import", "syntax", "raises", "exits", "no-app", "schedule", "setting", "trigger", "connection"],
)
async def test_app_that_cannot_run(storage: str, tmp_path: Path, source: str, expected: str) -> None:
    """The line names the root cause, and the file and line where it is the app's own code."""
    line = await refusal(storage, app_with(tmp_path, source))
    assert expected.format(app=tmp_path) in line


async def test_cause_deep_in_the_app_is_named_there(storage: str, tmp_path: Path) -> None:
    """A failing import is blamed on the file it stands in, not on function_app.py."""
    app = shutil.copytree(APP, tmp_path / "app")
    web = app / "triggers" / "web.py"
    web.write_text("import nosuchmodule\n" + web.read_text())
    assert f"No module named 'nosuchmodule' ({web}:1)" in await refusal(storage, app)


@pytest.mark.parametrize(
    ("host_json", "expected"),
    [
        (None, "no host.json in {app}"),
        ("{", "{app}/host.json:1: not JSON"),
        ("[]", "{app}/host.json: must hold a JSON object"),
        ('{"version": "1.0"}', 'host.json: version is "1.0"; expected "2.0"'),
        ("{}", 'host.json: version is ""; expected "2.0"'),
    ],
)
async def test_host_json(storage: str, tmp_path: Path, host_json: str | None, expected: str) -> None:
    """A host.json that is missing or unreadable is named."""
    assert expected.format(app=tmp_path) in await refusal(storage, app_with(tmp_path, host_json=host_json))


async def test_no_function_app(storage: str, tmp_path: Path) -> None:
    """A folder without function_app.py is no app."""
    assert f"no function_app.py in {tmp_path}" in await refusal(storage, app_with(tmp_path, None))


async def test_no_storage(tmp_path: Path) -> None:
    """Without AzureWebJobsStorage the line says which settings to set."""
    line = await refusal("", app_with(tmp_path))
    assert "no storage connection 'AzureWebJobsStorage': set AzureWebJobsStorage to a connection string" in line


async def test_storage_out_of_reach(tmp_path: Path) -> None:
    """Storage that does not answer is said to be not running."""
    nobody = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;" + "".join(
        f"{service}Endpoint=http://127.0.0.1:1/a;" for service in ("Blob", "Queue")
    )
    line = await refusal(nobody, app_with(tmp_path))
    assert "storage connection 'AzureWebJobsStorage' does not work" in line
    assert "YQ==" not in line


async def test_credential_of_another_kind(tmp_path: Path) -> None:
    """Identity-based storage wants the managed identity, and says so."""
    settings = {"AzureWebJobsStorage__accountName": "account"}
    line = await refusal("", app_with(tmp_path), settings=settings)
    assert "app setting AzureWebJobsStorage__credential is '': the local host signs in with 'managedidentity'" in line


async def test_port_in_use(storage: str, tmp_path: Path) -> None:
    """A port that someone listens on is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = await refusal(storage, app_with(tmp_path), port=port)
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use)" in line


async def test_override_is_checked_too(storage: str, tmp_path: Path) -> None:
    """An app setting that overrides host.json is held to the same rules."""
    settings = {"AzureFunctionsJobHost__extensions__queues__batchSize": "33"}
    line = await refusal(storage, app_with(tmp_path), settings=settings)
    expected = json.dumps("33")
    assert f"extensions.queues.batchSize is {expected}; expected a whole number of at least 1 and at most 32" in line
