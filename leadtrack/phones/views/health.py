"""Pages: how well a pool does its work."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.views.decorators.http import require_GET

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.health import health_of
from leadtrack.phones.heat import Cell
from leadtrack.phones.models import Pool
from leadtrack.phones.pool_size import WARN_PERCENT

_SHADES: Final = 3


@dataclass(frozen=True)
class ShownCell:
    """An hour of a weekday, and how dark it is painted."""

    cell: Cell
    shade: int


@dataclass(frozen=True)
class ShownHour:
    """An hour of the heat map: its cells from Monday to Sunday, so that it fits a phone."""

    hour: int
    cells: list[ShownCell]


@member_required("phones.read")
@require_GET
def pool_health(request: MemberRequest, pk: int) -> HttpResponse:
    """GET /numbers/pools/<id>/health/: use by hour, overflow, advice on size, cost; in the site's time."""
    pool = get_object_or_404(Pool.objects.select_related("site"), pk=pk)
    now = timezone.now()
    found = health_of(pool, now=now)
    # Whatever lists its numbers need not be asked again.
    pool.held = found.numbers  # type: ignore[attr-defined]
    silent = {one.number.pk for one in found.silent}
    context = {
        "pool": pool,
        "health": found,
        "hours": [_hour(hour, cells) for hour, cells in enumerate(zip(*found.heat, strict=True))],
        "weekdays": WEEKDAYS_ABBR.values(),
        "silent": silent,
    }
    with timezone.override(pool.site.tz):
        return render(request, "phones/pool_health.html", context)


def _hour(hour: int, cells: tuple[Cell, ...]) -> ShownHour:
    return ShownHour(hour, [ShownCell(cell, _shade(cell)) for cell in cells])


def _shade(cell: Cell) -> int:
    """0: empty; 1 to 3: a third each of what is no worry; 4: from 75 % on; 5: somebody got none."""
    if cell.overflow:
        return _SHADES + 2
    if not cell.most:
        return 0
    return _SHADES + 1 if cell.most >= WARN_PERCENT else 1 + cell.most * _SHADES // WARN_PERCENT
