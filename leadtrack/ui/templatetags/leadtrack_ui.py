"""What our templates print with. No context processor is needed: a foreign project may have none of them."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from leadtrack.ui import forms, nav, wording

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A lucide icon as inline SVG, hidden from screen readers: name the button, not the picture."""
    return _svg(str(name), str(css))


@cache
def _svg(name: str, css: str) -> SafeString:
    attributes: dict[str, object] = {
        "class": f"icon {css}".strip(),
        "aria-hidden": "true",
        "focusable": "false",
    }
    return mark_safe(lucide(name, size=None, **attributes))  # noqa: S308 (a file of the package)


@register.filter
def money(cents: int | None, currency: str = "") -> str:
    """Integer hundredths of a currency unit as people write money, with two decimals."""
    return wording.money(cents, str(currency))


@register.filter
def count(number: Decimal | int | float | None, decimals: int = 2) -> str:
    """1234.5 as "1,234.5": leads and deals, whole or shared; with 6 decimals shares add up exactly."""
    return wording.count(number, decimals)


@register.filter
def percent(fraction: Decimal | None) -> str:
    """0.123 as "12.3 %"; no value is a dash, never zero."""
    return wording.percent(fraction)


@register.filter
def or_dash(value: Any) -> Any:
    """A dash for no value. Zero is a value."""
    return wording.DASH if value is None or value == "" else value


@register.filter(expects_localtime=True)
def day(when: date | datetime | None) -> str:
    """A day as people write it; of a moment, its day in the reader's or the given time zone."""
    if when is None:
        return wording.DASH
    return wording.day(when.date() if isinstance(when, datetime) else when)


@register.filter(expects_localtime=True)
def moment(when: datetime | None) -> str:
    """Date and time in the reader's time zone, or in the one that the filter `timezone` gave."""
    return wording.DASH if when is None else wording.moment(when)


@register.filter
def ago(moment: datetime | None) -> str:
    """How long ago, in words, with the exact moment and its time zone as a tooltip."""
    if moment is None:
        return wording.DASH
    words = wording.distance(moment - timezone.now())
    local = timezone.localtime(moment)
    exact = f"{wording.moment(local)} ({timezone.get_current_timezone_name()})"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), exact, words
    )


@register.simple_block_tag
def captured(content: str) -> str:
    """Print a block once, use it twice: `{% captured as page_title %}{% block title %}…`."""
    return mark_safe(content.strip())  # noqa: S308 (the template has escaped it)


@register.simple_tag(takes_context=True)
def navigation_links(context: Context) -> list[nav.NavLink]:
    """The links of the navigation that the person at the screen may follow."""
    request = _request(context)
    member = getattr(request, "member", None)
    if request is None or member is None:
        return []
    return nav.links_for(can=member.can, href_of=_href, path=request.path)


@register.inclusion_tag("components/_navigation.html", takes_context=True)
def navigation(context: Context) -> dict[str, Any]:
    """The side navigation, by role."""
    return {"links": navigation_links(context)}


@register.inclusion_tag("components/_account_menu.html", takes_context=True)
def account_menu(context: Context) -> dict[str, Any]:
    """Who is logged in, with the account pages that this installation has."""
    request = _request(context)
    person = getattr(request, "user", None)
    urls = {name: _href(name) for name in ("account_change_password", "mfa_index", "usersessions_list")}
    logout = _href("account_logout") or _href("logout")
    return {"person": person, "urls": urls, "logout_url": logout, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/_language_switch.html", takes_context=True)
def language_switch(context: Context) -> dict[str, Any]:
    """The languages of the installation, where Django's set_language is mounted."""
    request = _request(context)
    action = _href("set_language") if len(settings.LANGUAGES) > 1 else None
    here = request.get_full_path() if request else "/"
    return {"action": action, "here": here, "csrf_token": context.get("csrf_token")}


@register.simple_tag(takes_context=True)
def page_messages(context: Context) -> list[Message]:
    """The messages of Django's framework, without its context processor."""
    request = _request(context)
    return list(get_messages(request)) if request is not None else []


@register.simple_tag
def link_to(url_name: str, *args: Any) -> str:
    """The address of a page, or nothing where the installation does not have it."""
    return _href(url_name, *args) or ""


@register.simple_tag
def home_url() -> str:
    """Where the brand in the corner leads: the first page of the application."""
    return _href("leadtrack:home") or _href("leadtrack:inbox") or "/"


@register.inclusion_tag("components/_empty_state.html")
def empty_state(icon: str, title: str, text: str = "", url: str = "", label: str = "") -> dict[str, str]:
    """What a page says when it has nothing to show, and what to do about it."""
    return {"icon": icon, "title": title, "text": text, "url": url, "label": label}


@register.simple_tag
def widget(field: BoundField) -> SafeString:
    """The input of a field in our look, also of a form that is not ours (allauth's)."""
    return field.as_widget(attrs=forms.dressed(field))


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether the field is one check box, whose label stands behind it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not field.use_fieldset


@register.filter
def may(request: HttpRequest, capability: str) -> bool:
    """Whether the person at the screen has this capability."""
    member = getattr(request, "member", None)
    return bool(member is not None and member.can(capability))


def _request(context: Context) -> HttpRequest | None:
    """A RequestContext knows its request even where the context processor is missing."""
    return getattr(context, "request", None) or context.get("request")


def _href(url_name: str, *args: Any) -> str | None:
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return None
