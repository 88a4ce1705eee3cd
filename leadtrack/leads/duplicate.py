"""Whether two enquiries are of one person. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from leadtrack.leads.words import one_line


@dataclass(frozen=True)
class Known:
    """A contact that already has the phone or the e-mail in question."""

    contact_id: int
    name: str
    emails: frozenset[str]


@dataclass(frozen=True)
class Verdict:
    """Whom the enquiry belongs to (None: somebody new), and whether the phone turned out to be shared."""

    contact_id: int | None
    is_shared_phone: bool = False


def verdict(*, name: str, email: str, by_email: Known | None, by_phone: Sequence[Known]) -> Verdict:
    """Same e-mail or same phone: the same contact, except that a phone known with a different e-mail *and* a
    different name is shared: two people on one switchboard are two people.

    `by_phone` are the contacts with that phone, its owner first. Where phone and e-mail know different
    contacts, the e-mail decides: people share phones more often than mailboxes.
    """
    if by_email is not None:
        others = [known for known in by_phone if known.contact_id != by_email.contact_id]
        return Verdict(by_email.contact_id, is_shared_phone=bool(others))
    if not by_phone:
        return Verdict(None)
    same_name = [known for known in by_phone if name and _same(known.name, name)]
    best = (same_name or list(by_phone))[0]
    if email and best.emails and not is_same_or_missing(best.name, name):
        return Verdict(None, is_shared_phone=True)
    return Verdict(best.contact_id)


def is_same_or_missing(first: str, second: str) -> bool:
    """Whether two names do not contradict each other."""
    return not first.strip() or not second.strip() or _same(first, second)


def _same(first: str, second: str) -> bool:
    return one_line(first).casefold() == one_line(second).casefold()
