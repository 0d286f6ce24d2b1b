"""Entra ID's access tokens, as far as the SDKs, Azurite and this stand-in look at them.

Signed HS256 with a secret of this process: good for nobody else. Azurite's `--oauth basic` reads the audience, issuer
and lifetime without checking a signature.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from local.azure.clock import Clock

LIFETIME_SECONDS = 86_400
REMEMBERED = 1_000
SKEW_SECONDS = 300

type Claims = Mapping[str, Any]


class TokenRefusedError(Exception):
    """A bearer token that does not open this door; `code` is the one ARM answers."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Token:
    """An issued token and when it ends, in seconds since 1970."""

    value: str = field(repr=False)
    expires_on: int


@dataclass(slots=True)
class TokenIssuer:
    """Issues and checks the tokens of one tenant."""

    tenant: str
    clock: Clock
    _secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    _signed: dict[str, Claims] = field(default_factory=dict, repr=False)
    """Claims of tokens whose signature was found good: that never changes, and checking it takes half a request."""

    def issue(self, audience: str, identity: Claims) -> Token:
        """A token for one audience that carries the principal's own claims."""
        now = int(self.clock.seconds())
        expires_on = now + LIFETIME_SECONDS
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self.tenant}/",
            "iat": now - SKEW_SECONDS,
            "nbf": now - SKEW_SECONDS,
            "exp": expires_on,
            "tid": self.tenant,
            "uti": secrets.token_urlsafe(12),
            "ver": "1.0",
            **identity,
        }
        return Token(jwt.encode(claims, self._secret, "HS256"), expires_on)

    def check(self, authorization: str | None, audiences: Collection[str]) -> Claims:
        """The claims of an `Authorization` header; raises TokenRefusedError."""
        scheme, _, value = (authorization or "").partition(" ")
        if scheme.casefold() != "bearer" or not value:
            raise TokenRefusedError(
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
            )
        claims = self._signed.get(value) or self._verified(value)
        self._check_lifetime(claims)
        _check_audience(claims, audiences)
        return claims

    def owner(self, authorization: str | None) -> str:
        """The object id in an `Authorization` header, without judging its token; empty when there is none."""
        try:
            claims: dict[str, Any] = jwt.decode(
                (authorization or "").partition(" ")[2], options={"verify_signature": False}
            )
        except jwt.InvalidTokenError:
            return ""
        return str(claims.get("oid", ""))

    def _verified(self, value: str) -> Claims:
        try:
            claims: dict[str, Any] = jwt.decode(
                value,
                self._secret,
                ["HS256"],
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.InvalidTokenError:
            raise TokenRefusedError("InvalidAuthenticationToken", "The access token is invalid.") from None
        if len(self._signed) >= REMEMBERED:
            self._signed.clear()
        self._signed[value] = claims
        return claims

    def _check_lifetime(self, claims: Claims) -> None:
        now = self.clock.seconds()
        if now >= claims["exp"]:
            raise TokenRefusedError(
                "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."
            )
        if now < claims["nbf"]:
            raise TokenRefusedError("InvalidAuthenticationToken", "The access token is not valid yet.")


def _check_audience(claims: Claims, audiences: Collection[str]) -> None:
    if claims["aud"].rstrip("/") not in {audience.rstrip("/") for audience in audiences}:
        allowed = ",".join(f"'{audience}'" for audience in audiences)
        raise TokenRefusedError(
            "InvalidAuthenticationTokenAudience",
            f"The access token has been obtained for wrong audience or resource '{claims['aud']}'. It should exactly "
            f"match with one of the allowed audiences {allowed}.",
        )
