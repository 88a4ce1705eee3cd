"""Whether two enquiries are of one person. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from leadtrack.leads.alike import is_full_name, is_one_digit_apart, mail_fold
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


@dataclass(frozen=True)
class Traits:
    """What is compared of two contacts: values as stored, phones without those known as shared."""

    contact_id: int
    name_key: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    browsers: frozenset[str] = frozenset()


def likeness(one: Traits, other: Traits) -> str:
    """Why two contacts may be one person, as a code of PossibleDuplicate.Reason; "" for no reason to ask.

    The strongest reason wins. A name alone is none: namesakes are many.
    """
    if one.contact_id == other.contact_id:
        return ""
    rules = (_by_mailbox, _by_phone, _by_browser)
    return next((reason for rule in rules if (reason := rule(one, other))), "")


def _by_mailbox(one: Traits, other: Traits) -> str:
    mailboxes = [{(mail_fold(email), _provider(email)) for email in who.emails} for who in (one, other)]
    if mailboxes[0] & mailboxes[1]:
        return "email_alike"
    names = [{fold for fold, _ in boxes} for boxes in mailboxes]
    return "name_and_mailbox" if _is_same_full_name(one, other) and names[0] & names[1] else ""


def _by_phone(one: Traits, other: Traits) -> str:
    if one.phones & other.phones:
        return "shared_phone"
    near = any(is_one_digit_apart(first, second) for first in one.phones for second in other.phones)
    return "phone_alike" if near and _is_same_full_name(one, other) else ""


def _by_browser(one: Traits, other: Traits) -> str:
    if not one.browsers & other.browsers:
        return ""
    names = {one.name_key, other.name_key} - {""}
    return "browser_names" if len(names) > 1 else "same_browser"


def _is_same_full_name(one: Traits, other: Traits) -> bool:
    return one.name_key == other.name_key and is_full_name(one.name_key)


def _provider(email: str) -> str:
    domain = email.rpartition("@")[2].casefold()
    return "gmail.com" if domain == "googlemail.com" else domain
