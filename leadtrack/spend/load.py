"""Loading a statement into the books: take the file, claim it, read it, replace the slices it covers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import ngettext

from leadtrack.lib.hashing import content_key
from leadtrack.lib.money import format_cents
from leadtrack.spend.currencies import known_currencies
from leadtrack.spend.models import AdAccount, RejectedRow, SpendRow, Statement
from leadtrack.spend.replace import Replacement, replace_slices
from leadtrack.spend.slices import Booking
from leadtrack.spend.statement import Line, Parsed, Problem, Rejected, parse
from leadtrack.spend.statement.rows import clean
from leadtrack.ui.troubles import Trouble

MOST_ATTEMPTS: Final = 5
# A running load renews its claim with every batch; the task's own time limit is ten minutes.
CLAIM_LASTS: Final = timedelta(minutes=11)
WAKE_UP_GRACE: Final = timedelta(seconds=20)
RETRY_PAUSE: Final = timedelta(minutes=2)
MOST_REJECTED_KEPT: Final = 10_000
# Rows times days: what a worker can hold in memory and finish within its time limit.
MOST_AMOUNTS: Final = 3_000_000
ROWS_AT_ONCE: Final = 200
NOTE_EVERY_SECONDS: Final = 0.5

OnProgress = Callable[[int, int], None]


def account_for(name: str, *, currency: str = "", time_zone: str = "") -> AdAccount:
    """The ad account of this name; a new one if nobody has it yet."""
    fresh = {"currency": currency, "time_zone": time_zone or settings.TIME_ZONE}
    return AdAccount.objects.get_or_create(name=clean(name)[:100], defaults=fresh)[0]


def accept_statement(
    *,
    account: AdAccount,
    file_name: str,
    content: bytes,
    format: str = Statement.Format.AUTO,
    currency: str = "",
    loaded_by: int | None = None,
) -> Statement:
    """Store a file and the work of loading it; `loaded_by` is a user's id. Reads nothing of it yet."""
    return Statement.objects.create(
        account=account,
        file=ContentFile(content, name="statement"),
        file_name=clean(file_name)[:255],
        sha256=content_key(content),
        format=format,
        currency=currency.upper(),
        loaded_by_id=loaded_by,
    )


def load_file(
    content: bytes,
    *,
    account_name: str,
    file_name: str,
    format: str = Statement.Format.AUTO,
    currency: str = "",
    on_progress: OnProgress | None = None,
) -> Statement:
    """Store and load a file at once; makes the account if there is none of this name."""
    account = account_for(account_name, currency=currency.upper())
    statement = accept_statement(
        account=account, file_name=file_name, content=content, format=format, currency=currency
    )
    return load_statement(statement.pk, on_progress=on_progress)


def is_account_known(name: str) -> bool:
    """Whether there is an ad account of this name."""
    return AdAccount.objects.filter(name=clean(name)[:100]).exists()


def forget_first_statement(statement: Statement) -> None:
    """Delete a statement that was not loaded, and the account that was made for it and has no other."""
    statement.file.delete(save=False)
    Statement.objects.filter(pk=statement.pk).delete()
    AdAccount.objects.filter(pk=statement.account_id, statements=None).delete()


def due_statements(now: datetime) -> list[int]:
    """Statements nobody is loading: their wake-up was lost, their worker died, or their pause is over."""
    waiting = Q(state=Statement.State.NEW, claimed_at=None, created_at__lt=now - WAKE_UP_GRACE)
    failed = Q(state=Statement.State.NEW, claimed_at__lt=now - RETRY_PAUSE)
    lost = Q(state=Statement.State.LOADING, claimed_at__lt=now - CLAIM_LASTS)
    return list(Statement.objects.filter(waiting | failed | lost).order_by("pk").values_list("pk", flat=True))


def load_statement(statement_id: int, *, on_progress: OnProgress | None = None) -> Statement:
    """Load a stored statement. Safe to call twice or late: one caller claims it, the others get it as it is.

    What is wrong with the file ends up in the statement; what is wrong with us (a lost database) is noted
    there, raised, and tried again by the sweep.
    """
    if not _claim(statement_id, timezone.now()):
        return Statement.objects.select_related("account").get(pk=statement_id)
    statement = Statement.objects.select_related("account").get(pk=statement_id)
    if statement.attempts > MOST_ATTEMPTS:
        return _crashed(statement, statement.error or "?")
    try:
        return _load(statement, on_progress or _no_progress)
    except Exception as error:
        _give_back(statement, type(error).__name__)
        raise


def failed_statements() -> Trouble:
    """For the page of failed work: statements that were given up."""
    return Trouble(
        count=Statement.objects.filter(state=Statement.State.FAILED).count,
        words=lambda count: (
            ngettext(
                "%(count)s statement of costs was not loaded.",
                "%(count)s statements of costs were not loaded.",
                count,
            )
            % {"count": count}
        ),
        url_name="leadtrack:spend",
    )


def retry_statement(statement_id: int) -> bool:
    """Make a failed statement work to be done again; False when it has not failed."""
    failed = Statement.objects.filter(pk=statement_id, state=Statement.State.FAILED)
    again = {"state": Statement.State.NEW, "attempts": 0, "claimed_at": None, "error": "", "error_params": {}}
    return failed.update(**again) == 1


def _claim(statement_id: int, now: datetime) -> bool:
    free = Q(state=Statement.State.NEW) | Q(state=Statement.State.LOADING, claimed_at__lt=now - CLAIM_LASTS)
    claimed = Statement.objects.filter(free, pk=statement_id)
    return claimed.update(state=Statement.State.LOADING, claimed_at=now, attempts=F("attempts") + 1) == 1


def _give_back(statement: Statement, error: str) -> None:
    if statement.attempts >= MOST_ATTEMPTS:
        _crashed(statement, error)
    else:
        Statement.objects.filter(pk=statement.pk).update(state=Statement.State.NEW, error=error)


def _crashed(statement: Statement, error: str) -> Statement:
    return _fail(statement, Problem("crashed", {"attempts": MOST_ATTEMPTS, "error": error}))


def _fail(statement: Statement, problem: Problem) -> Statement:
    statement.state = Statement.State.FAILED
    statement.error, statement.error_params = problem.code, dict(problem.params)
    statement.save(update_fields=["state", "error", "error_params"])
    return statement


def _load(statement: Statement, on_progress: OnProgress) -> Statement:
    try:
        with statement.file.open("rb") as stored:
            content = stored.read()
    except FileNotFoundError:
        return _fail(statement, Problem("file_missing"))
    currency = statement.currency or statement.account.currency
    parsed = parse(content, known_currencies=known_currencies(), format=statement.format, currency=currency)
    if parsed.problem:
        return _fail(statement, parsed.problem)
    booking, rejected, rejected_count = _sorted_out(parsed)
    if booking.size > MOST_AMOUNTS:
        return _fail(statement, Problem("too_many_days", {"most": MOST_AMOUNTS}))
    _keep_rejected(statement, rejected)
    done = replace_slices(statement, parsed.level, booking, _noting(statement, on_progress))
    return _finish(statement, parsed, booking, done, rejected_count)


def _sorted_out(parsed: Parsed) -> tuple[Booking, list[Rejected], int]:
    """The accepted lines booked, the first rejected rows, and how many were rejected in all."""
    booking = Booking()
    kept: list[Rejected] = []
    count = 0
    for row in parsed.rows:
        if booking.size > MOST_AMOUNTS:
            break
        if isinstance(row, Line):
            booking.add(row)
            continue
        count += 1
        if count <= MOST_REJECTED_KEPT:
            kept.append(row)
    return booking, kept, count


def _keep_rejected(statement: Statement, rejected: list[Rejected]) -> None:
    """Store the rejected rows, in short transactions; an earlier, broken-off try is forgotten."""
    statement.rejected_rows.all().delete()
    for start in range(0, len(rejected), ROWS_AT_ONCE):
        RejectedRow.objects.bulk_create(
            RejectedRow(
                statement=statement,
                line=one.line_no,
                reason=one.problem.code,
                params=dict(one.problem.params),
                raw=one.raw,
            )
            for one in rejected[start : start + ROWS_AT_ONCE]
        )


def _noting(statement: Statement, on_progress: OnProgress) -> OnProgress:
    """Progress for the page (and a renewed claim), now and then, beside the caller's own."""
    noted_at = monotonic()

    def note(done: int, total: int) -> None:
        nonlocal noted_at
        if monotonic() - noted_at >= NOTE_EVERY_SECONDS:
            row = Statement.objects.filter(pk=statement.pk)
            row.update(days_done=done, days_total=total, claimed_at=timezone.now())
            noted_at = monotonic()
        on_progress(done, total)

    return note


@transaction.atomic
def _finish(
    statement: Statement, parsed: Parsed, booking: Booking, done: Replacement, rejected_count: int
) -> Statement:
    statement.format = parsed.format
    statement.rows_read = booking.accepted + rejected_count
    statement.rows_loaded, statement.rows_replaced = booking.accepted, done.lines_replaced
    statement.rows_rejected = rejected_count
    statement.totals = {currency: format_cents(cents) for currency, cents in booking.totals().items()}
    statement.first_day, statement.last_day = min(booking.days, default=None), max(booking.days, default=None)
    statement.days_done = statement.days_total = len(booking.days)
    warnings = [*parsed.warnings, *_late_warnings(statement, parsed.level, booking, rejected_count)]
    statement.warnings = [{"code": warning.code, "params": dict(warning.params)} for warning in warnings]
    problem = _emptiness(booking, rejected_count)
    statement.state = Statement.State.FAILED if problem else Statement.State.DONE
    statement.error, statement.error_params = problem.code if problem else "", {}
    statement.save()
    _name_system(statement.account, parsed.format)
    return statement


def _emptiness(booking: Booking, rejected_count: int) -> Problem | None:
    if booking.accepted:
        return None
    return Problem("nothing_accepted" if rejected_count else "no_rows")


def _late_warnings(statement: Statement, level: str, booking: Booking, rejected_count: int) -> list[Problem]:
    """Warnings that only the whole load can know."""
    found = [Problem("vat_included")] if booking.has_gross else []
    if rejected_count > MOST_REJECTED_KEPT:
        found.append(Problem("rejected_cut", {"shown": MOST_REJECTED_KEPT}))
    levels = _other_levels(statement, level)
    return found + ([Problem("other_level", {"levels": levels})] if levels else [])


def _other_levels(statement: Statement, level: str) -> list[str]:
    """Levels at which the account also has costs within the statement's days: likely the same money twice."""
    if statement.first_day is None or statement.last_day is None:
        return []
    rows = SpendRow.objects.of_account(statement.account).between(statement.first_day, statement.last_day)
    others = rows.exclude(item__level=level).order_by("item__level").values_list("item__level", flat=True)
    return list(others.distinct())


def _name_system(account: AdAccount, format: str) -> None:
    """An account nobody described is what its first statement shows it to be."""
    if format == Statement.Format.GOOGLE_ADS and account.system == AdAccount.System.GENERIC:
        AdAccount.objects.filter(pk=account.pk).update(system=AdAccount.System.GOOGLE_ADS)


def _no_progress(done: int, total: int) -> None:
    """Nobody watches."""
