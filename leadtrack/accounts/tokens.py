"""API tokens: `Authorization: Token lt_…`."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from leadtrack.accounts.models import ApiToken, Member

# Writing "last used" on each call would turn every read into a write.
_LAST_USED_STEP = timedelta(minutes=10)


def issue_token(*, member: Member, name: str) -> tuple[ApiToken, str]:
    """Make a token; returns it with its key, which is never shown again."""
    key = "lt_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(member=member, name=name, prefix=key[:8], key_hash=_hash(key))
    return token, key


class TokenAuthentication(BaseAuthentication):
    """DRF: the user of a live token. 401 for a wrong, revoked or retired user's token."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() not in (b"token", b"bearer"):
            return None
        key = words[1].decode("latin-1") if len(words) == 2 else ""
        token = (
            ApiToken.objects.select_related("member__user")
            .filter(key_hash=_hash(key), revoked_at=None)
            .first()
        )
        if token is None or not token.member.user.is_active:
            raise AuthenticationFailed(_("This token is not valid."))
        now = timezone.now()
        if token.last_used_at is None or now - token.last_used_at > _LAST_USED_STEP:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.member.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI page asks for a token; drf-spectacular finds it by being loaded."""

    target_class = "leadtrack.accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:
        return build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Token")  # noqa: S106
