"""
What must not stand in a log: secrets become `***`, and a person's address becomes a mark.

Rows name people, for somebody must be asked; a log is read by more people than those, and for other reasons. A mark is
the same for one person while a process lives and cannot be turned back: it is made with a key that nobody keeps.

The forms are those of Azure's own keys and tokens, of connection strings, and of the services that connections lead to.
What looks like a secret and is none is hidden as well: that costs a word in a line, the other mistake costs a key.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

HIDDEN: Final = "***"

_VALUE: Final = r"""(?:
      "(?:[^"\\]|\\.)*+"?
    | '(?:[^'\\]|\\.)*+'?
    | \\+"(?:(?!\\+").)*+(?:\\+")?
    | [^\s;&"'<>\\]+
)"""
"""A value behind a name: in quotes, in quotes that were escaped once more, or bare up to where strings of them part."""

_NAMES: Final = r"""(?:
      (?:account|access|shared|api|admin|query|primary|secondary|private|master|function|storage|encryption
         |subscription|instrumentation|x-functions) [-_ ]? keys? [12]?
    | (?:client|app|application|consumer|shared) [-_ ]? secret | client [-_]? assertion
    | secret [-_ ]? (?:value | access [-_]? key)
    | (?:access|refresh|id|sas|auth|session|bearer|device) [-_ ]? token | shared [-_ ]? access [-_ ]? signature
    | password | passwd | passphrase | connection [-_ ]? string | credentials
    | (?<![a-z0-9]) (?:pwd | sig | signature | key[12])
)"""

_NAMED: Final = re.compile(
    rf"""(?P<name>{_NAMES} \\* ["']? \s* (?: : | = | %3D ) \s*) (?!{re.escape(HIDDEN)}) {_VALUE}""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_FUNCTION_KEY: Final = re.compile(r"(?P<name>[?&]code=)[^&\s\"'<>]+", re.IGNORECASE)
_SCHEME: Final = re.compile(
    r"\b(?P<name>(?:bearer|basic|sharedkey|sharedkeylite|sharedaccesssignature)(?:\s+|%20))[\w.~+/=%&:-]{8,}",
    re.IGNORECASE,
)
_USER_INFO: Final = re.compile(r"(?P<name>://)[^\s/@:\"'<>]*+:[^\s/@\"'<>]*+@")
_PEM: Final = re.compile(
    r"(?P<name>)-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END).)*+(?:-----END [A-Z ]*-----)?", re.DOTALL
)
_SHAPES: Final = re.compile(
    r"""(?P<name>)(?:
      (?<![\w-])eyJ[\w-]{8,}+(?:\.[\w-]*+)+               # a token of Entra, or any other JWT
    | (?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43,}+(?:=|%3D){1,2} # storage, Cosmos DB, Service Bus: 32 or 64 bytes as base64
    | (?<![A-Za-z0-9])[A-Za-z0-9]{40,}+                   # AI services since 2024 (84), search (52), and the like
    | (?<![0-9A-Za-z])[0-9A-Fa-f]{32}(?![0-9A-Za-z])      # AI services before
    | (?<![\w.~-])[\w.~-]{3}[0-9]Q~[\w.~-]{30,}           # a client secret of Entra
    | (?<![\w-])(?:sk|pk|rk|xox[abprs]|glpat|hf|gh[opsur]|github_pat|AIza|AKIA|ASIA)[-_A-Za-z0-9]{16,}+
    )""",
    re.VERBOSE,
)
_WORD: Final = r"(?:[\w.!#$&*+^`{|}~-]|%(?!40|2F|22|27)[0-9A-F]{2})"
_ADDRESS: Final = re.compile(
    rf"(?<![\w.!#$&*+^`{{|}}~%-]){_WORD}++(?:'{_WORD}++){{0,3}}(?:@|%40)(?:[\w-]++\.)+[\w-]*\w", re.IGNORECASE
)
_PERSON_KEY: Final = secrets.token_bytes(32)

# A scheme comes before names: behind `access_token:` a bare value would be `Bearer` alone.
_SECRETS: Final = (_PEM, _USER_INFO, _FUNCTION_KEY, _SCHEME, _NAMED, _SHAPES)


def redacted(text: str) -> str:
    """The text without secrets and without addresses of people."""
    return _ADDRESS.sub(_mark, without_secrets(text))


def without_secrets(text: str) -> str:
    """The text without secrets; the same text where there is none."""
    for form in _SECRETS:
        text = form.sub(rf"\g<name>{HIDDEN}", text)
    return text


def person(address: str) -> str:
    """The mark of whoever has this address: `person-` and eight digits."""
    known = address.replace("%40", "@").casefold().encode("utf-8", "replace")
    return f"person-{hmac.new(_PERSON_KEY, known, hashlib.sha256).hexdigest()[:8]}"


def _mark(found: re.Match[str]) -> str:
    return person(found[0])
