"""Who may open what: one decorator for pages, one permission class for the API."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from leadtrack.accounts.models import Member


class MemberRequest(HttpRequest):
    """A request of a logged-in member: what every page view gets."""

    member: Member


def member_of(request: HttpRequest | Request) -> Member | None:
    """The member behind the request; None for strangers, inactive users and users without a role."""
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return None
    # Asked once for each request: the page, its navigation and its permissions all want to know.
    known = vars(user).setdefault("_leadtrack_members", [])
    if not known:
        known.append(Member.objects.filter(user_id=user.pk).first())
        if known[0] is not None:
            known[0].user = user
    return cast(Member | None, known[0])


P = ParamSpec("P")


def member_required(
    *capabilities: str,
) -> Callable[
    [Callable[Concatenate[MemberRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Open the page only to members with every capability: strangers go to log-in, others get 403."""

    def decorate(
        view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            member = member_of(request)
            if member is None or not all(member.can(capability) for capability in capabilities):
                raise PermissionDenied
            mine = cast(MemberRequest, request)
            mine.member = member
            return view(mine, *args, **kwargs)

        return cast(Callable[Concatenate[HttpRequest, P], HttpResponseBase], guarded)

    return decorate


class IsMember(BasePermission):
    """API: a member, with the capability that the view names for the method in `capabilities`.

    A view sets `capabilities = {"GET": "leads.read", "POST": "leads.work"}`; a method that is not named
    is open to every member for reading and to nobody for writing.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        member = member_of(request)
        if member is None:
            return False
        method = "GET" if request.method in ("HEAD", "OPTIONS") else str(request.method)
        capability = getattr(view, "capabilities", {}).get(method)
        if capability is None:
            return method == "GET"
        return member.can(capability)
