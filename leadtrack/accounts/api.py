"""What every address of the REST API has in common, whatever the settings of the project that carries it."""

from collections.abc import Callable
from math import isfinite
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_standardized_errors.handler import exception_handler
from drf_standardized_errors.openapi import AutoSchema
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from leadtrack.accounts.access import IsMember
from leadtrack.accounts.tokens import TokenAuthentication


class PlainJSONParser(JSONParser):
    """JSON that can be stored and sent back: not nested for ever, whole characters, finite numbers."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        # JSON is UTF-8 (RFC 8259); a charset in the header could name a codec that makes no text at all.
        context = {**(parser_context or {}), "encoding": "utf-8"}
        try:
            found = super().parse(stream, media_type, context)
            _check(found)
        except RecursionError as problem:
            raise ParseError(_("The JSON is nested too deeply.")) from problem
        return found


class MembersOnly:
    """Comes first among the bases of each API view. A host's defaults might let everybody in."""

    authentication_classes: Any = (TokenAuthentication, SessionAuthentication)
    permission_classes: Any = (IsMember,)
    renderer_classes: Any = (JSONRenderer,)
    parser_classes: Any = (PlainJSONParser,)
    filter_backends: Any = (DjangoFilterBackend,)
    schema: Any = AutoSchema()

    def get_exception_handler(self) -> Callable[..., Any]:
        """Errors in the one shape of all API errors."""
        return _explained


class ByCursor(CursorPagination):
    """Pages by key. A cursor that somebody made up is told to be none, whatever it says."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (DjangoValidationError, TypeError, ValueError) as problem:
            raise NotFound(self.invalid_cursor_message) from problem


class NoSuchAddress(MembersOnly, APIView):
    """An address below the API that means nothing is told so in the API's own shape, to whoever asks."""

    authentication_classes: Any = ()
    permission_classes: Any = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound


def _explained(problem: Exception, context: Any) -> Any:
    """What Django refuses while reading (too many fields, a body cut short) is the sender's error, too."""
    if isinstance(problem, SuspiciousOperation | UnreadablePostError):
        problem = ParseError(_("The request is cut short, too large or has too many parts."))
    return exception_handler(problem, context)


def _check(found: Any) -> None:
    """Raise for what no field can take, naming the field; ParseError where even the names are broken."""
    if not isinstance(found, dict):
        found = {"": found}
    if not all(_is_storable(name) for name in found):
        raise ParseError(_("The JSON holds half a character in a name."))
    wrong = [name for name, value in found.items() if not _is_storable(value)]
    if wrong:
        problem = _("The value holds half a character, or a number beyond all numbers.")
        raise ValidationError({name or api_settings.NON_FIELD_ERRORS_KEY: [problem] for name in wrong})


def _is_storable(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_storable(name) and _is_storable(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(_is_storable(inner) for inner in value)
    if isinstance(value, float):
        return isfinite(value)
    return not (isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value))
