"""Pages: making tagged links, and the register of those that were issued."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from io import BytesIO
from itertools import chain
from typing import Any, Final

import segno
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.lib.spreadsheet import csv_line, plain_cell
from leadtrack.sources import rulebook
from leadtrack.sources.forms import LinkForm
from leadtrack.sources.holders import counts_of
from leadtrack.sources.links import TEMPLATES, build, explained, sample, template_of, warnings
from leadtrack.sources.marker import parse_marker
from leadtrack.sources.models import IssuedLink, Source
from leadtrack.sources.register import key_of
from leadtrack.sources.saying import warning_text
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 30
VISITS_DAYS: Final = 90
MOST_SEARCH: Final = 100


@require_http_methods(["GET", "POST"])
@member_required("sources.manage")
def links(request: MemberRequest) -> HttpResponseBase:
    """A form that makes a link, and every link that was issued, newest first."""
    template = template_of(request.POST.get("template") or request.GET.get("template", ""))
    form = LinkForm(request.POST or None, template=template)
    if request.method == "POST" and form.is_valid():
        row = _issue(request, form)
        messages.success(request, _("The link is in the register below."))
        return redirect(f"{request.path}?template={row.template}")
    query = request.GET.get("q", "").replace("\0", "").strip()[:MOST_SEARCH]
    page = page_after(_found(query), order="-pk", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    told = {
        "form": form,
        "template": template,
        "templates": TEMPLATES,
        "page": page,
        "rows": _with_visits(page.rows),
        "q": query,
        "days": VISITS_DAYS,
        "tab": "links",
    }
    return render(request, "sources/links.html", told)


@require_POST
@member_required("sources.manage")
def link_preview_part(request: MemberRequest) -> HttpResponseBase:
    """The link as it is typed, what it would be read as, and what would go wrong; nothing is saved."""
    template = template_of(request.POST.get("template", ""))
    form = LinkForm(request.POST, template=template)
    form.is_valid()
    page, values = form.cleaned_data.get("page", ""), form.tags()
    url = build(page or "https://example.com/", values, template)
    found = explained(url, rulebook.current())
    told = [warning_text(one.code, one.tag, one.value) for one in warnings(url, values, found)]
    return render(request, "sources/_link.html", {"url": url, "found": found, "warnings": told})


@require_GET
@member_required("sources.manage")
def link_qr(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The link as a QR code (SVG)."""
    row = get_object_or_404(IssuedLink, pk=pk)
    try:
        code = segno.make_qr(row.url)
    except segno.DataOverflowError:
        return HttpResponse(_("The link is too long for a QR code."), status=400, content_type="text/plain")
    picture = BytesIO()
    code.save(picture, kind="svg", scale=8, border=4, light="#fff")
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    response["Content-Disposition"] = f'inline; filename="link-{row.pk}.svg"'
    return response


@require_GET
@member_required("sources.manage")
def links_csv(request: MemberRequest) -> HttpResponseBase:
    """The register as a table that is safe to open in a spreadsheet."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:MOST_SEARCH]
    words = (_("channel"), _("source"), _("medium"), _("campaign"), _("note"))
    head = (_("issued at"), _("by"), _("link"), *words)
    lines = chain(("\ufeff", csv_line(head)), _csv_lines(_found(query)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="links.csv"'
    return response


def _issue(request: MemberRequest, form: LinkForm) -> IssuedLink:
    template = form.template
    url = build(form.cleaned_data["page"], form.tags(), template)
    found = explained(url, rulebook.current())
    return IssuedLink.objects.create(
        url=url,
        template=template.code,
        channel=found.verdict.channel,
        source=found.marker.source,
        medium=found.marker.medium,
        campaign=form.tags().get("utm_campaign", "")[:255],
        note=form.cleaned_data["note"],
        issued_by_id=request.user.pk,
    )


def _found(query: str) -> QuerySet[IssuedLink]:
    rows = IssuedLink.objects.select_related("issued_by")
    if not query:
        return rows
    named = Q(url__icontains=query) | Q(note__icontains=query) | Q(issued_by__username__icontains=query)
    return rows.filter(named)


def _with_visits(rows: Sequence[IssuedLink]) -> list[dict[str, Any]]:
    """Each with the visits of the last days from its very words, or why nobody can tell how many.

    Links with macros have as many words as visits; a link without tags has none, and would be told of
    everybody who came directly.
    """
    keys = {row.pk: _key_of(row) for row in rows}
    asked = {key for key in keys.values() if key}
    sources = dict(Source.objects.filter(key__in=asked).values_list("key", "pk"))
    counts = counts_of("visits", timezone.localdate() - timedelta(days=VISITS_DAYS)) if sources else {}
    return [
        {"row": row, "visits": counts.get(sources.get(key, 0), 0) if key else None, "has_words": key != ""}
        for row, key in ((row, keys[row.pk]) for row in rows)
    ]


def _key_of(row: IssuedLink) -> str | None:
    """The key of the Source that the link's words make; "" without words, None with macros in them."""
    if sample(row.url) != row.url:
        return None
    marker = parse_marker(row.url, "")
    return "" if marker.is_direct else key_of(marker)


def _csv_lines(rows: QuerySet[IssuedLink]) -> Iterator[str]:
    for row in rows.order_by("-pk").iterator(chunk_size=500):
        by = row.issued_by.get_username() if row.issued_by else ""
        told = (by, row.url, row.channel, row.source, row.medium, row.campaign, row.note)
        yield csv_line([row.issued_at.isoformat(timespec="minutes"), *map(plain_cell, told)])
