"""No secret and no address of a person gets into a log: not in a message, not in what it quotes, not in a traceback."""

import base64
import logging
import string
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared import log_context, log_records
from shared.redaction import HIDDEN, person, redacted, without_secrets

ALNUM = string.ascii_letters + string.digits
URL_SAFE = f"{ALNUM}-_"
PUNCTUATED = f"{ALNUM}!#$%()*+,-./:?@[]^_`{{|}}~"


def text_of(alphabet: str, least: int, most: int | None = None) -> st.SearchStrategy[str]:
    """Text of these letters; of exactly `least` when no most is named."""
    return st.text(alphabet, min_size=least, max_size=most or least)


def based(size: int) -> st.SearchStrategy[str]:
    """Bytes as Azure's services show their keys."""
    return st.binary(min_size=size, max_size=size).map(lambda key: base64.b64encode(key).decode())


jwt = st.builds(
    "eyJ{}.eyJ{}.{}".format, text_of(URL_SAFE, 20, 60), text_of(URL_SAFE, 20, 60), text_of(URL_SAFE, 43, 80)
)
NAMES = """
    AccountKey SharedAccessKey storageAccountKey api_key api-key apiKey key1 KEY2 primaryKey secondaryKeys client_secret
    clientSecret access_token refreshToken password Pwd sig x-functions-key Ocp-Apim-Subscription-Key connectionString
    secret_value
"""
name = st.sampled_from(NAMES.split())
word = text_of(PUNCTUATED, 8, 60).filter(lambda value: not value.startswith(HIDDEN))
bare = word.filter(lambda value: not set(value) & set(";&,"))

SECRET = st.one_of(
    based(64).map(lambda key: (key, key)),
    based(32).map(lambda key: (key, key)),
    text_of("0123456789abcdef", 32).map(lambda key: (key, key)),
    text_of(ALNUM, 52, 84).map(lambda key: (key, key)),
    jwt.map(lambda token: (token, token)),
    st.tuples(text_of(ALNUM, 3), text_of(f"{ALNUM}_.~-", 31, 34)).map(lambda p: (f"{p[0]}8Q~{p[1]}", p[1])),
    text_of(ALNUM, 32, 48).map(lambda key: (f"sk-proj-{key}", key)),
    text_of(ALNUM, 36).map(lambda key: (f"ghp_{key}", key)),
    st.tuples(st.sampled_from(["Bearer ", "bearer ", "Basic ", "SharedKey "]), text_of(f"{URL_SAFE}.~+/=", 16, 80)).map(
        lambda p: (p[0] + p[1], p[1])
    ),
    st.tuples(name, st.sampled_from(["=", ": ", " = "]), bare).map(lambda p: ("".join(p), p[2])),
    st.tuples(name, text_of(URL_SAFE, 16, 80)).map(lambda p: (f"{p[0]}: Bearer {p[1]}", p[1])),
    st.tuples(name, word).map(lambda p: (f'{{"{p[0]}": "{p[1]}", "more": 1}}', p[1])),
    st.tuples(name, word).map(lambda p: (f"{{'{p[0]}': '{p[1]}'}}", p[1])),
    st.tuples(name, word).map(lambda p: (f'"{{\\"{p[0]}\\": \\"{p[1]}\\"}}"', p[1])),
    text_of(f"{ALNUM}%", 20, 60).map(lambda s: (f"https://a.blob.core.windows.net/c/b?sv=2025-01-05&sig={s}&se=1", s)),
    text_of(URL_SAFE, 20, 60).map(lambda s: (f"https://app.azurewebsites.net/api/plan?code={s}", s)),
    text_of(ALNUM, 8, 30).map(lambda s: (f"https://user:{s})@registry.example/simple", s)),
    based(64).map(lambda key: (f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={key};EndpointSuffix=x", key)),
    text_of(f"{ALNUM}+/\n", 64, 200).map(
        lambda key: (f"-----BEGIN RSA PRIVATE KEY-----\n{key}\n-----END RSA PRIVATE KEY-----", key)
    ),
)
"""What a line may quote, and the part of it that nobody may read."""

LOCAL = text_of(f"{ALNUM}._+-#'", 1, 20).filter(
    lambda text: text[0].isalnum() and text[-1].isalnum() and "''" not in text
)
ADDRESS = st.builds(
    "{}@{}.{}".format,
    LOCAL.filter(lambda text: text.count("'") < 3),
    text_of(URL_SAFE[:-2], 3, 12),
    st.sampled_from(["com", "co.uk", "onmicrosoft.com"]),
)
AROUND = st.sampled_from(
    [("", ""), ("Azure said: ", " (try again)"), ("a=", ","), ("'", "'"), ("<", ">"), ("\n", "\n")]
)


def leaked(text: str, hidden: str) -> bool:
    """Whether a secret stands in a text, or a half of one that is long."""
    middle = len(hidden) // 2
    return any(part in text for part in ((hidden[:middle], hidden[middle:]) if middle > 9 else (hidden,)))


@given(SECRET, AROUND)
def test_no_secret_stays_in_a_text(secret: tuple[str, str], around: tuple[str, str]) -> None:
    """Whatever stands before and after it."""
    quoted, hidden = secret
    assert not leaked(redacted(f"{around[0]}{quoted}{around[1]}"), hidden)


@given(ADDRESS, AROUND, st.sampled_from(["@", "%40"]))
@example("o'brien@contoso.com", ("'", "'"), "@")
@example("kim_fabrikam.com#EXT#@contoso.onmicrosoft.com", ("user ", ""), "%40")
def test_an_address_becomes_a_mark(address: str, around: tuple[str, str], sign: str) -> None:
    """The same for one person, however it is written; nothing of it stays."""
    written = address.replace("@", sign)
    assert redacted(f"{around[0]}{written}{around[1]}") == f"{around[0]}{person(address)}{around[1]}"
    assert address not in person(address)


HUB = (
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-ai/providers"
    "/Microsoft.MachineLearningServices/workspaces/hub-prod"
)


@pytest.mark.parametrize(
    "line",
    [
        "run.ended run=0123456789abcdef hub=hub-prod causes=2 plan=fedcba9876543210 calls=3 throttled=0 waited=0.0",
        "rotation.unheeded secret=search-key: it is not known to hold a living key",
        "sweep.started hubs=12 keys=True past_due=False",
        f"ARM GET {HUB}/connections/search-key answered 200; quota left: subscription-reads 11999",
        "rotation.regenerate account=srch-prod slot=secondary admin key",
        "keys.off: HUBWARDEN_KEYS is off, no key is looked at",
    ],
)
def test_what_our_lines_say_stays(line: str) -> None:
    """A log that hides what happened helps nobody."""
    assert redacted(line) == line


@given(st.text(max_size=200))
def test_twice_is_once(text: str) -> None:
    """What was cleaned is clean: nothing that is put in looks like a secret itself."""
    assert without_secrets(without_secrets(text)) == without_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "a." * 100_000,
        "a'" * 100_000,
        'key1="' * 40_000,
        "sig=" * 50_000,
        "://a:" * 40_000,
        "eyJ" * 60_000,
        "\\" * 100_000,
    ],
)
def test_a_long_line_is_cleaned_in_no_time(text: str) -> None:
    """Time grows with the length, not with its square: hundreds of thousands of letters would take minutes."""
    assert redacted(text) is not None


class Broken:
    """Something that cannot be shown."""

    def __str__(self) -> str:
        raise ValueError("sig=abcdefgh")


class Lines:
    """What the platform would get: one handler on the root logger that formats records, as the Python worker has."""

    def __init__(self) -> None:
        self.written = StringIO()
        self.log = logging.Logger("azure.core")  # noqa: LOG001 - one that nobody else gets
        self.log.addHandler(logging.StreamHandler(self.written))

    @property
    def text(self) -> str:
        """All that was written."""
        return self.written.getvalue()


@contextmanager
def cleaned() -> Iterator[Lines]:
    """A log whose records are cleaned, and nobody else's after it."""
    before = logging.getLogRecordFactory()
    log_records.install()
    try:
        yield Lines()
    finally:
        logging.setLogRecordFactory(before)


@given(SECRET, st.sampled_from(["message", "argument", "mapping", "error", "cause", "note"]))
def test_no_secret_gets_into_a_record(secret: tuple[str, str], way: str) -> None:
    """By none of the ways into a line."""
    quoted, hidden = secret
    with cleaned() as lines:
        _log(lines.log, quoted, way)
    assert not leaked(lines.text, hidden)
    assert "called" in lines.text


def _log(log: logging.Logger, quoted: str, way: str) -> None:
    match way:
        case "message":
            log.warning("called " + quoted.replace("%", "%%") % ())  # noqa: G003 - a text that was put together
        case "argument":
            log.warning("called %s %d", quoted, 3)
        case "mapping":
            log.warning("called %(what)s", {"what": quoted})
        case _:
            try:
                _raise(quoted, way)
            except ValueError:
                log.exception("called")


def _raise(quoted: str, way: str) -> None:
    error = ValueError(quoted if way == "error" else "no")
    if way == "note":
        error.add_note(quoted)
    raise error from (RuntimeError(quoted) if way == "cause" else None)


def test_arguments_that_do_not_fit_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Logging would print them to standard error, which the platform keeps as well."""
    with cleaned() as lines:
        lines.log.warning("called %d", "sig=abcdefghijk")
        lines.log.warning("called %s", Broken())
    assert "abcdefgh" not in lines.text + capsys.readouterr().err
    assert lines.text.count("its arguments do not fit") == 2


def test_a_line_names_its_run_and_invocation_once() -> None:
    """So that lines can be found by either, also where only their text arrives."""

    def work() -> str:
        log_context.invocation.set("i-1")
        log_context.begin_run("r-1")
        with cleaned() as lines:
            lines.log.warning("run.ended run=r-1 hub=h")
            lines.log.warning("other")
        return lines.text

    assert copy_context().run(work).splitlines() == [
        "run.ended run=r-1 hub=h invocation=i-1",
        "other run=r-1 invocation=i-1",
    ]
