"""Working an import in the background: claimed by one worker, in slices, taken up again whoever dies.

The work is the LeadImport row. A task works a slice and asks for the next one; a sweep asks for those whose
worker died.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from celery import current_app
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import ngettext
from kombu.exceptions import KombuError

from leadtrack.leads.importing.check import check_rows
from leadtrack.leads.importing.load import load_rows
from leadtrack.leads.importing.nouns import UnreadableFileError
from leadtrack.leads.importing.slices import LostClaimError, Slice
from leadtrack.leads.importing.undo import undo_rows
from leadtrack.leads.models import ImportRow, LeadImport
from leadtrack.leads.retry import without_personal
from leadtrack.ui.troubles import Trouble

logger = logging.getLogger(__name__)


class BrokenOffError(Exception):
    """A slice broke for a reason of ours; it is tried again. The text holds nothing of the file."""


TASK: Final = "leadtrack.leads.tasks.work_import"
SLICE_SECONDS: Final = 45.0
# A worker renews its claim with every chunk, which takes seconds.
CLAIM_LASTS: Final = timedelta(minutes=2)
MOST_ATTEMPTS: Final = 5
State = LeadImport.State
_STEPS: Final[dict[str, Callable[[LeadImport, Slice], bool]]] = {
    State.CHECKING: check_rows,
    State.LOADING: load_rows,
    State.UNDOING: undo_rows,
}


def begin(row: LeadImport, state: State, *, out_of: tuple[State, ...], **changes: Any) -> bool:
    """Put the import to work, if it is in one of these states now; False when somebody was faster."""
    fresh: dict[str, Any] = {
        "claimed_at": None,
        "attempts": 0,
        "error": "",
        "error_params": {},
        "rows_done": 0,
    }
    found = LeadImport.objects.filter(pk=row.pk, state__in=out_of)
    return found.update(state=state, **(fresh | changes)) == 1


@transaction.atomic
def begin_undo(row: LeadImport) -> bool:
    """Have the import undone; False when somebody was faster. What an earlier undo kept is looked at anew."""
    is_begun = begin(row, State.UNDOING, out_of=(State.DONE, State.FAILED, State.UNDONE))
    if is_begun:
        row.rows.filter(outcome=ImportRow.Outcome.KEPT).update(outcome=ImportRow.Outcome.LEAD)
    return is_begun


def wake(import_id: int) -> None:
    """Ask a worker for a slice. If that is lost, the sweep finds the import."""
    try:
        current_app.send_task(TASK, args=[import_id], retry=False)
    except (KombuError, OSError) as problem:
        logger.warning("import %s: no wake-up sent (%s)", import_id, type(problem).__name__)


def work(import_id: int, *, seconds: float = SLICE_SECONDS) -> bool:
    """Work a slice of the import; True if there is more to do right away.

    Safe to call twice or late: one caller claims it. What is wrong with the file ends up in the row; what is
    wrong with us is noted there, raised, and tried again by the sweep.
    """
    now = timezone.now()
    if not _claim(import_id, now):
        return False
    row = LeadImport.objects.select_related("site").get(pk=import_id)
    if row.attempts > MOST_ATTEMPTS:
        return _fail(row, "crashed", attempts=MOST_ATTEMPTS, error=row.error_params.get("error", "?"))
    piece = Slice(row.pk, now, monotonic() + seconds)
    try:
        is_finished = _STEPS[row.state](row, piece)
    except LostClaimError:
        return False
    except UnreadableFileError as problem:
        return _fail(row, problem.code, **problem.params)
    except FileNotFoundError:
        return _fail(row, "file_missing")
    except Exception as problem:
        told = f"{type(problem).__name__}: {without_personal(str(problem), [])}"
        LeadImport.objects.filter(pk=row.pk).update(error_params={"error": told[:200]})
        # Not the error itself: databases quote the row that broke them, and this goes to a log.
        raise BrokenOffError(f"import {row.pk}: {told[:200]}") from None
    return not is_finished and piece.give_back()


def failed_imports() -> Trouble:
    """For the page of failed work: imports that broke off, not files that could not be read."""
    broken = LeadImport.objects.filter(state=State.FAILED, error="crashed")
    return Trouble(
        count=broken.count,
        words=lambda count: (
            ngettext("%(count)s import of leads broke off.", "%(count)s imports of leads broke off.", count)
            % {"count": count}
        ),
        url_name="leadtrack:imports",
    )


def due_imports() -> list[int]:
    """Imports nobody works: their wake-up was lost or their worker died."""
    left = Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIM_LASTS)
    waiting = LeadImport.objects.filter(left, state__in=LeadImport.WORKING)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def finish_now(import_id: int) -> LeadImport:
    """Work the import to its end in this process; for a command."""
    while work(import_id):
        pass
    return LeadImport.objects.get(pk=import_id)


def _claim(import_id: int, now: datetime) -> bool:
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_LASTS)
    found = LeadImport.objects.filter(free, pk=import_id, state__in=LeadImport.WORKING)
    return found.update(claimed_at=now, attempts=F("attempts") + 1) == 1


def _fail(row: LeadImport, code: str, **params: Any) -> bool:
    changes = {"state": State.FAILED, "error": code, "error_params": params, "finished_at": timezone.now()}
    LeadImport.objects.filter(pk=row.pk).update(**changes)
    return False
