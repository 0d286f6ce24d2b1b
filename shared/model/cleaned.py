"""Text from Azure, made fit to be kept: an answer may echo what a service was sent, and so hold a secret."""

import re

LONGEST_MESSAGE = 300
"""Characters of Azure's own words that an error keeps."""

_NAMED_SECRET = re.compile(
    r"""(?ix) ( \b (?: [\w-]* (?: key | secret | password | token | credential ) [\w-]* | sig | pat | sas | code )
        ["']? \s* [=:] \s* ) (?: " [^"]* " | ' [^']* ' | [^\s&,;}"']+ )""",
)
_SECRET_SHAPE = re.compile(
    r"""(?x) eyJ [\w-]+ \. [\w-]+ (?: \. [\w-]* )?     # a JSON web token
      | (?i: bearer ) \s+ \S+
      | [A-Za-z0-9+/]{40,} ={0,2} (?<= [=] )          # base64 with padding: storage and Cosmos keys
      | \b [A-Za-z0-9]{32,} \b                        # keys of AI services and search""",
)


def cleaned(text: str) -> str:
    """Text from Azure on one line, shortened, without anything that is named or looks like a secret."""
    line = " ".join(text.split())
    line = _SECRET_SHAPE.sub("***", _NAMED_SECRET.sub(r"\1***", line))
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:LONGEST_MESSAGE]}…"
