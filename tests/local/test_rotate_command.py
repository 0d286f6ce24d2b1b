"""`rotate` with a wish: what is shown, what is asked, what is sent, and what is refused before anything is."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.rotation.doors import Live
from local.rotation.look import Look
from local.rotation.rotate import Request, run
from shared.model.errors import EstateInvalid, SettingsInvalid
from shared.model.message import Rotate, Wish
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase, Record
from shared.policy.policy import Policy
from tests.builders import NOW, SUBSCRIPTION, dependent
from tests.local import test_cli as cli
from tests.local.rotation_world import AI, MADE, SEARCH, Place

REPOSITORY = Path(__file__).resolve().parents[2]
QUEUE = "https://st.queue.example"
LOOK = Request(AI.name, (SUBSCRIPTION,), REPOSITORY / "policy", queue=QUEUE)
NOW_OR_NEVER = replace(LOOK, wishes=(Wish.NOW,), reason="INC-4711")
ID = "0a0a0a0a-0000-4000-8000-000000000001"
UNDER_WAY = Record(AI, MADE, Phase.MOVING, demand=Demand(Cause.REQUEST, "spring cleaning", "jane", NOW), begun=NOW)


@dataclass
class Room:
    """A terminal with somebody at it, or nobody, in front of an estate."""

    place: Place = field(default_factory=Place)
    answers: list[str] = field(default_factory=list)
    at_terminal: bool = True
    asked: list[str] = field(default_factory=list)
    sent: list[Rotate] = field(default_factory=list)
    looks: int = 0

    def __post_init__(self) -> None:
        """The ledger knows the account, and no rotation is under way."""
        self.place.remember(Record(AI, MADE + timedelta(days=1)))

    async def look(
        self,
        account: str,
        subscriptions: tuple[str, ...],
        table: str,  # noqa: ARG002 - the place has its own ledger
        policy: Policy,  # noqa: ARG002 - and its own policy
        now: datetime,
    ) -> Look:
        """See `Doors.look`."""
        assert subscriptions == (SUBSCRIPTION,)
        self.looks += 1
        return await self.place.look(account, now)

    async def send(self, queue: str, account: ResourceId, wish: Wish, reason: str) -> Rotate:
        """See `Doors.send`."""
        assert queue == QUEUE
        self.sent.append(Rotate(account, wish, reason, "kim@contoso.example", ID))
        return self.sent[-1]

    def seated(self) -> bool:
        """See `Doors.seated`."""
        return self.at_terminal

    def ask(self, question: str) -> str:
        """See `Doors.ask`."""
        self.asked.append(question)
        return self.answers.pop(0)

    def run(self, request: Request) -> int:
        """Run the command here."""
        return run(request, lambda: NOW, self)


def test_a_look_sends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints and asks nothing; 0, for nothing is in the way."""
    room = Room(at_terminal=False)

    assert (room.run(LOOK), room.sent, room.asked) == (0, [], [])
    assert "if asked  regenerate its Key2" in capsys.readouterr().out


@pytest.mark.parametrize("amiss", ["held up", "not told"])
def test_a_look_that_finds_something_amiss(amiss: str) -> None:
    """2: a script that looks at many accounts must know."""
    room = Room()
    if amiss == "held up":
        room.place.cloud.put(dependent("account", AI.name, dateCreated="2020-01-01T00:00:00Z"))
    else:
        room.place.keys.deny("microsoft.machinelearningservices/workspaces/connections")

    assert room.run(LOOK) == 2


@pytest.mark.parametrize(
    ("wish", "answer", "question"),
    [
        (Wish.BEGIN, "y\n", "Go on? [y/N] "),
        (Wish.BEGIN, "Yes", "Go on? [y/N] "),
        (Wish.NOW, "ai-prod\n", "Type ai-prod to go on: "),
    ],
)
def test_somebody_says_yes(capsys: pytest.CaptureFixture[str], wish: Wish, answer: str, question: str) -> None:
    """First the plan, then what comes of it, then the question; then it is sent, and how to watch it is told."""
    room = Room(answers=[answer])

    assert room.run(replace(NOW_OR_NEVER, wishes=(wish,), reason=" INC-4711 ")) == 0
    assert room.asked == [question]
    assert room.sent == [Rotate(AI, wish, "INC-4711", "kim@contoso.example", ID)]
    said = capsys.readouterr().out
    assert said.index("if asked") < said.index("ai-prod are replaced" if wish is Wish.NOW else "ai-prod begins")
    assert "Sent in the name of kim@contoso.example. Watch it:\n  python -m local rotate ai-prod --subscr" in said
    where = f"Account == '{AI.key}' and CorrelationIds has '{ID}'"
    assert f"HubwardenKeys_CL | where {where} | order by TimeGenerated desc" in said


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        (Wish.BEGIN, ""),
        (Wish.BEGIN, "n"),
        (Wish.BEGIN, "ai-prod"),
        (Wish.NOW, "y"),
        (Wish.NOW, "AI-PROD"),
        (Wish.NOW, ""),
    ],
)
def test_somebody_says_anything_else(capsys: pytest.CaptureFixture[str], wish: Wish, answer: str) -> None:
    """Nothing is sent; who replaces both keys at once types the account's name as it is written."""
    room = Room(answers=[answer])

    assert (room.run(replace(NOW_OR_NEVER, wishes=(wish,))), room.sent) == (2, [])
    assert capsys.readouterr().err == "hubwarden: that is no yes; nothing was sent\n"


def test_yes_asks_nobody() -> None:
    """For scripts, where nobody sits at a terminal."""
    room = Room(at_terminal=False)

    assert (room.run(replace(NOW_OR_NEVER, yes=True)), room.asked, len(room.sent)) == (0, [], 1)


def test_for_programs_the_plan_stands_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON document; what people read stands on standard error."""
    assert Room().run(replace(NOW_OR_NEVER, yes=True, form="json")) == 0

    said = capsys.readouterr()
    assert json.loads(said.out)["account"] == str(AI)
    assert "Sent in the name of kim@contoso.example" in said.err


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"wishes": (Wish.BEGIN, Wish.NOW)}, "--begin and --now exclude each other; give one"),
        ({"reason": "  "}, '--now needs a reason, which is kept with the rotation: --reason "…"'),
        ({"queue": ""}, "--now needs the queue service of the app's storage account: --queue https://NAME.queue."),
        ({"wishes": ()}, "--reason and --yes belong to --begin, --now or --approve"),
        ({}, "--now asks before it does anything, and nobody sits at this terminal; give --yes to go on unasked"),
    ],
)
def test_what_is_not_said_is_missed_before_anything_is_looked_at(
    capsys: pytest.CaptureFixture[str], wrong: dict[str, Any], says: str
) -> None:
    """2 and one line; nothing is sent."""
    room = Room(at_terminal=False)

    assert (room.run(replace(NOW_OR_NEVER, **wrong)), room.looks, room.sent) == (2, 0, [])
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.endswith("; nothing was sent\n")
    assert said.out == ""


def test_there_is_nothing_to_approve(capsys: pytest.CaptureFixture[str]) -> None:
    """The ledger knows of no rotation, so an approval would be of none."""
    room = Room(answers=["y"])

    assert (room.run(replace(NOW_OR_NEVER, wishes=(Wish.APPROVE,))), room.sent) == (2, [])
    assert "no rotation of ai-prod is under way, so there is nothing to approve; --begin" in capsys.readouterr().err


@pytest.mark.parametrize("ledger", ["told", "not told"])
def test_somebody_approves(capsys: pytest.CaptureFixture[str], ledger: str) -> None:
    """What is under way, or may be where the ledger was not read."""
    room = Room(answers=["y"])
    room.place.remember(UNDER_WAY)
    if ledger == "not told":
        room.place.ledger = None

    assert room.run(replace(NOW_OR_NEVER, wishes=(Wish.APPROVE,))) == 0
    assert [sent.wish for sent in room.sent] == [Wish.APPROVE]
    assert "may die, although nobody can tell who else uses it" in capsys.readouterr().out


def test_an_account_without_keys_is_not_rotated(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to replace."""
    room = Room(answers=["ai-prod"])
    room.place.cloud.put(dependent("account", AI.name, disableLocalAuth=True))

    assert (room.run(NOW_OR_NEVER), room.sent) == (2, [])
    assert "ai-prod takes no keys, so there is nothing to rotate" in capsys.readouterr().err


def test_what_holds_it_up_is_said_before_the_question(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever goes on knows that it will wait for them."""
    room = Room(answers=["ai-prod"])
    room.place.keys.deny("microsoft.machinelearningservices/workspaces/connections")

    assert room.run(NOW_OR_NEVER) == 0
    assert "It is held up even so: nobody can tell which key" in capsys.readouterr().out


def test_a_wrong_name_is_an_error() -> None:
    """As in every command, with the nearest name."""
    with pytest.raises(EstateInvalid, match="did you mean srch-prod"):
        Room().run(replace(LOOK, account="srch-prd"))

    assert Room().run(replace(LOOK, account=SEARCH.name)) == 0


@pytest.mark.parametrize(
    ("subscriptions", "says"), [((), "rotate needs --subscription ID"), (("my-subscription",), "is no GUID")]
)
def test_a_subscription_that_is_none(subscriptions: Sequence[str], says: str) -> None:
    """Without one nobody knows where to look."""
    with pytest.raises(SettingsInvalid, match=says):
        Room().run(replace(LOOK, subscriptions=tuple(subscriptions)))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 1, "hubwarden: rotate needs --subscription ID; see python -m local rotate --help\n"),
        (["--subscription", SUBSCRIPTION, "--now"], 2, "--now needs a reason, which is kept with the rotation"),
        (["--subscription", SUBSCRIPTION, "--begin", "--reason", "x"], 2, "--begin needs the queue service of the app"),
        (
            ["--subscription", SUBSCRIPTION, "--begin", "--reason", "x", "--queue", QUEUE],
            2,
            "nobody sits at this terminal; give --yes to go on unasked; nothing was sent",
        ),
        (["--subscription", SUBSCRIPTION, "--begin", "--approve", "--reason", "x"], 2, "--begin and --approve exclude"),
    ],
)
def test_the_command_line(arguments: list[str], code: int, says: str) -> None:
    """Exit codes and one clear line, as a user meets them."""
    done = cli.run("rotate", "ai-prod", *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_help_has_examples() -> None:
    """One for a look and one for an emergency."""
    told = " ".join(cli.run("rotate", "--help").stdout.split())

    assert "python -m local rotate ai-prod --subscription $SUB --table" in told
    assert '--now --reason "INC-4711' in told
    assert "docs/runbooks/emergency-key-rotation.md" in told


def test_a_real_terminal_is_known_as_one() -> None:
    """What asks is not refused there; here it gets as far as reading the policy."""
    main, side = pty.openpty()
    options = ["--subscription", SUBSCRIPTION, "--queue", QUEUE, "--begin", "--reason", "x", "--policy", "/nowhere"]
    try:
        done = subprocess.run(  # noqa: S603 - our own Python
            [sys.executable, "-m", "local", "rotate", "ai-prod", *options],
            cwd=REPOSITORY,
            stdin=side,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(main)
        os.close(side)

    assert done.returncode == 1
    assert done.stderr.startswith("hubwarden: /nowhere: no such directory")


@pytest.mark.parametrize(("typed", "heard"), [("ai-prod\n", "ai-prod\n"), ("", "")])
def test_a_question_stands_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, heard: str
) -> None:
    """So that it is seen where the plan is piped into a file; the end of the input is no answer."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))

    assert Live().ask("Type ai-prod to go on: ") == heard
    assert capsys.readouterr() == ("", "Type ai-prod to go on: ")
