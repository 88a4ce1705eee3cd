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
    """Whom the enquiry belongs to (None: somebody new), and who else it may be: a question for a person."""

    contact_id: int | None
    rival_id: int | None = None

    @property
    def is_shared_phone(self) -> bool:
        """Whether the phone turned out to be of somebody else, too."""
        return self.rival_id is not None


def verdict(
    *,
    name: str,
    email: str,
    by_email: Known | None,
    by_phone: Sequence[Known],
    is_known_as_shared: bool = False,
) -> Verdict:
    """Same e-mail or same phone: the same contact, except that a phone known with a different e-mail *and* a
    different name is shared: two people on one switchboard are two people.

    `by_phone` are the contacts with that phone, its owner first. Where phone and e-mail know different
    contacts, the e-mail decides: people share phones more often than mailboxes. `is_known_as_shared`: people
    have said so of this phone; then another name alone is another person, and nobody is asked again.
    """
    if by_email is not None:
        others = [known.contact_id for known in by_phone if known.contact_id != by_email.contact_id]
        is_news = len(others) == len(by_phone) and others and not is_known_as_shared
        return Verdict(by_email.contact_id, rival_id=others[0] if is_news else None)
    if not by_phone:
        return Verdict(None)
    same_name = [known for known in by_phone if name and _same(known.name, name)]
    best = (same_name or list(by_phone))[0]
    if is_same_or_missing(best.name, name):
        return Verdict(best.contact_id)
    if is_known_as_shared:
        return Verdict(None)
    if email and best.emails:
        return Verdict(None, rival_id=best.contact_id)
    return Verdict(best.contact_id)


def is_same_or_missing(first: str, second: str) -> bool:
    """Whether two names do not contradict each other."""
    return not first.strip() or not second.strip() or _same(first, second)


def _same(first: str, second: str) -> bool:
    return one_line(first).casefold() == one_line(second).casefold()
