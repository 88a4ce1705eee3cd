"""Pages: other spellings of sources, mediums and campaigns."""

from collections import Counter
from datetime import date, timedelta
from typing import Any, Final

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.sources.aliases import FIELDS, Suggestion, suggestions
from leadtrack.sources.fold import fold, take_back
from leadtrack.sources.forms import AliasForm
from leadtrack.sources.holders import counts_of
from leadtrack.sources.models import Source, SourceAlias
from leadtrack.sources.preview import PREVIEW_DAYS, Preview, alias_preview
from leadtrack.sources.rulebook import aliases_in_order
from leadtrack.sources.saying import FIELD_LABELS
from leadtrack.sources.views.history import history_notes
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 50
MOST_SPELLINGS: Final = 300
MOST_REMOVED: Final = 10


@require_http_methods(["GET", "POST"])
@member_required("sources.manage")
def aliases(request: MemberRequest) -> HttpResponseBase:
    """Every alias, likely duplicates, and a form for one more."""
    form = AliasForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _fold(request, form):
        return redirect("leadtrack:source-aliases")
    since = timezone.localdate() - timedelta(days=PREVIEW_DAYS)
    removed = SourceAlias.objects.exclude(removed_at=None).order_by("-removed_at")[:MOST_REMOVED]
    page = page_after(
        aliases_in_order().select_related("made_by"),
        order="-pk",
        cursor=request.GET.get("cursor"),
        size=PAGE_SIZE,
    )
    told = {"form": form, "page": page, "removed": removed, "suggestions": _suggestions(since)}
    return render(
        request, "sources/aliases.html", told | {"days": PREVIEW_DAYS, "tab": "aliases"} | history_notes()
    )


@require_POST
@member_required("sources.manage")
def alias_preview_part(request: MemberRequest) -> HttpResponseBase:
    """What the alias as it is typed would move; nothing is saved."""
    form = AliasForm(request.POST)
    found: Preview | None = None
    if form.is_valid():
        found = alias_preview(alias=form.save(commit=False), today=timezone.localdate())
    return render(request, "sources/_rule_preview.html", {"preview": found, "days": PREVIEW_DAYS})


@require_POST
@member_required("sources.manage")
def alias_remove(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Take an alias back; it can be made again."""
    take_back(get_object_or_404(SourceAlias, pk=pk, removed_at=None))
    messages.success(request, _("Removed. It can be put back below."))
    return redirect("leadtrack:source-aliases")


@require_POST
@member_required("sources.manage")
def alias_restore(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Make a removed alias once more."""
    row = get_object_or_404(SourceAlias, pk=pk)
    form = AliasForm({"field": row.field, "spelling": row.spelling, "name": row.name})
    if not form.is_valid() or not _fold(request, form):
        messages.error(request, _("It contradicts an alias made since."))
    return redirect("leadtrack:source-aliases")


def _fold(request: MemberRequest, form: AliasForm) -> bool:
    try:
        with transaction.atomic():
            fold(form.save(commit=False), by=request.user)
    except IntegrityError:  # somebody else was faster
        form.add_error("spelling", _("There is an alias for this spelling already."))
        return False
    messages.success(request, _("The name holds from now on."))
    return True


def _suggestions(since: date) -> list[dict[str, Any]]:
    """Likely duplicates among the commonest spellings that people came with since a day."""
    visits = counts_of("visits", since)
    counts: dict[str, Counter[str]] = {name: Counter() for name in FIELDS}
    rows = Source.objects.filter(has_touches=True).values_list("pk", *FIELDS)
    for pk, *words in rows.iterator(chunk_size=5000):
        if pk in visits:
            for name, word in zip(FIELDS, words, strict=True):
                if word and not word.startswith("("):
                    counts[name][word] += visits[pk]
    found: list[Suggestion] = []
    for name in FIELDS:
        found += suggestions(name, dict(counts[name].most_common(MOST_SPELLINGS)))
    return [
        {
            "field": one.field,
            "label": FIELD_LABELS[one.field],
            "name": one.name,
            "spelling": other,
            "visits": count,
        }
        for one in found
        for other, count in one.others
    ][:PAGE_SIZE]
