"""A Secret can be compared and handed on, and in no other way does its text come out."""

import copy
import pickle

import pytest

from shared.adapters.secret import Secret

TEXT = "S3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3t0123"


@pytest.mark.parametrize("text", [TEXT, "", "é", "\ud800"])
def test_the_same_text_is_the_same(text: str) -> None:
    """Also for texts that no ASCII holds, and that no UTF-8 holds."""
    assert Secret(text).same(Secret(text))
    assert not Secret(text).same(Secret(f"{text}x"))


@pytest.mark.parametrize("text", [TEXT, "", "é", "\ud800"])
def test_it_is_handed_on_as_it_came(text: str) -> None:
    """To whoever asks for it by name."""
    assert Secret(text).reveal() == text


def test_it_shows_stars() -> None:
    """However it is printed, alone or in something."""
    secret = Secret(TEXT)

    assert [repr(secret), str(secret), f"{secret}", f"{secret:>60}", f"{secret!r}", "%s" % secret] == ["***"] * 6  # noqa: UP031 - one of the ways
    assert TEXT not in repr([secret, {"key": secret}])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(protocol: int) -> None:
    """At no protocol."""
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(Secret(TEXT), protocol)


def test_it_is_not_copied() -> None:
    """Neither flat nor deep; nor is its state handed out."""
    for copied in (copy.copy, copy.deepcopy, Secret.__getstate__, vars):
        with pytest.raises(TypeError):
            copied(Secret(TEXT))


def test_it_is_compared_only_by_same() -> None:
    """`==` would take longer the more is the same, and a hash could be guessed at."""
    with pytest.raises(TypeError, match="same"):
        _ = Secret(TEXT) == Secret(TEXT)
    with pytest.raises(TypeError, match="unhashable"):
        hash(Secret(TEXT))
