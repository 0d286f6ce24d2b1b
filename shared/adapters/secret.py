"""A key on its way through memory: it can be compared, and sent to where it belongs."""

import hmac
from typing import Final, Never, SupportsIndex, final, override

_SHOWN: Final = "***"


@final
class Secret:
    """
    A text that no log, message or file gets to see, and no other process but the one that a key is for.

    It is kept as bytes, which `compare_digest` wants for all that is not ASCII.
    """

    __slots__ = ("_bytes",)

    def __init__(self, text: str) -> None:
        """Hold a text; JSON may well bring half a surrogate pair, and an encoding error would quote it."""
        self._bytes = text.encode("utf-8", "surrogatepass")

    def same(self, other: "Secret") -> bool:
        """Whether both hold the same text; how long it takes does not tell how much of it is the same."""
        return hmac.compare_digest(self._bytes, other._bytes)  # noqa: SLF001 - the same class

    def reveal(self) -> str:
        """The text, for a request that must carry it; whoever asks lets go of it with that request."""
        return self._bytes.decode("utf-8", "surrogatepass")

    @override
    def __repr__(self) -> str:
        return _SHOWN

    @override
    def __str__(self) -> str:
        return _SHOWN

    @override
    def __format__(self, _spec: str) -> str:
        return _SHOWN

    @override
    def __eq__(self, _other: object) -> bool:
        raise TypeError("secrets are compared with same()")

    # A hash that is written down would tell which secrets are the same, and be guessed at.
    __hash__ = None  # type: ignore[assignment]

    @override
    def __reduce_ex__(self, _protocol: SupportsIndex) -> Never:
        raise TypeError("a secret is neither pickled nor copied")

    @override
    def __getstate__(self) -> Never:
        raise TypeError("a secret does not show its state")
