"""What the fields of a form mean, by the names that forms in the wild give them. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from leadtrack.leads.words import one_line
from leadtrack.lib.hashing import key_of

# Case, "-", "_" and blanks are ignored in the sender's names. First come, first served within a row.
ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "name": ("name", "fullname", "yourname", "имя", "фио", "contact", "ltname"),
    "phone": ("phone", "tel", "yourtel", "phonenumber", "yourphone", "mobile", "телефон", "тел", "ltphone"),
    "email": ("email", "youremail", "mail", "почта", "ltemail"),
    "message": ("message", "comment", "comments", "textarea", "yourmessage", "вопрос", "комментарий"),
    "page_url": ("ltpage", "ltpageurl", "pageurl", "page", "url", "refererpage", "tildaspecreferer"),
    "referrer": ("ltreferrer", "referrer", "documentreferrer"),
    "visitor": ("ltvisitor", "ltvisitorid", "visitor", "visitorid"),
    "submission_id": ("ltsubmissionid", "submissionid"),
    "redirect": ("ltredirect",),
    "honeypot": ("lthp",),
}
_FIRST_NAME, _LAST_NAME = ("firstname", "yourfirstname"), ("lastname", "yourlastname", "surname")
_MEANING: Final = {alias: meaning for meaning, aliases in ALIASES.items() for alias in aliases}
# Fields that tell about the page, the advert or the sender's software: digits in them are no phone.
_TECHNICAL: Final = re.compile(
    r"(lt|utm|mtm|pk|piwik|matomo|csrf|g-recaptcha|roistat|ct)[_-]|_|csrf|.*(clid|token|cookies?)$"
    r"|((form|page|post|product|item|order|session|client)[_-]?)?u?id$"
)

_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PHONE: Final = re.compile(r"(?<![\w-])\+?\(?\d[\d \t().\u00a0\u2011-]{5,24}\d(?![\w-])")
_MESSENGER: Final = re.compile(
    r"(?<!\w)@[A-Za-z]\w{3,31}\b|\b(?:t\.me|wa\.me|vk\.com|m\.me|viber\.click)/[\w+.-]{3,}"
)


@dataclass(frozen=True)
class Enquiry:
    """A form's fields by what they mean; `rest` has those that no column waits for, as they came."""

    name: str = ""
    phone: str = ""
    email: str = ""
    message: str = ""
    page_url: str = ""
    referrer: str = ""
    visitor: str = ""
    submission_id: str = ""
    redirect: str = ""
    honeypot: str = ""
    rest: tuple[tuple[str, str], ...] = ()

    @property
    def is_reachable(self) -> bool:
        """Whether there is any way to reach the person: in the fields for it, or written anywhere else."""
        if any(sign.isalnum() for sign in self.phone + self.email):
            return True
        return any(_is_contact_like(text) for text in self.written)

    @property
    def has_messenger(self) -> bool:
        """Whether the address of a messenger is written anywhere."""
        return any(_MESSENGER.search(text) for text in (self.phone, self.email, *self.written))

    @property
    def written(self) -> tuple[str, ...]:
        """The texts a person wrote where no phone or e-mail was asked for."""
        own = (text for name, text in self.rest if not _TECHNICAL.match(name.lower()))
        return (self.message, self.name, *own)


def read_enquiry(fields: dict[str, str]) -> Enquiry:
    """Sort the fields by meaning: each goes into one column or into `rest`; nothing is dropped."""
    meant: dict[str, str] = {}
    rest: list[tuple[str, str]] = []
    for name, value in _with_full_name(fields).items():
        meaning = _MEANING.get(_plain(name))
        if meaning and not meant.get(meaning):
            meant[meaning] = value if meaning == "message" else one_line(value)
        elif value and value != meant.get(meaning or ""):
            rest.append((name, value))
    return Enquiry(**meant, rest=tuple(rest))


def phones_in(text: str) -> list[str]:
    """What looks like a phone number in free text: 7 to 15 digits."""
    found = (match[0].strip() for match in _PHONE.finditer(text))
    return [number for number in found if 7 <= sum(sign.isdecimal() for sign in number) <= 15]


def emails_in(text: str) -> list[str]:
    """What looks like an e-mail address in free text."""
    return [match[0].rstrip(".") for match in _EMAIL.finditer(text)]


def fallback_key(fields: dict[str, str], minute: str) -> str:
    """A key for a sender without one: the same fields in the same minute are the same submission.

    All fields count, not the phone and e-mail alone: who corrects the message must not be lost.
    """
    return key_of([minute, *(part for pair in sorted(fields.items()) for part in pair)])


def _is_contact_like(text: str) -> bool:
    return bool(phones_in(text) or emails_in(text) or _MESSENGER.search(text))


def _with_full_name(fields: dict[str, str]) -> dict[str, str]:
    """first_name and last_name make a name where none is given."""
    plain = {_plain(name): name for name in fields}
    parts = [_take(fields, plain, aliases) for aliases in (_FIRST_NAME, _LAST_NAME)]
    if not any(parts) or any(fields[name] for alias, name in plain.items() if _MEANING.get(alias) == "name"):
        return fields
    used = {plain.get(alias) for alias in (*_FIRST_NAME, *_LAST_NAME)}
    return {"name": " ".join(filter(None, parts))} | {
        name: value for name, value in fields.items() if name not in used and name != "name"
    }


def _take(fields: dict[str, str], plain: dict[str, str], aliases: tuple[str, ...]) -> str:
    return next((fields[plain[alias]] for alias in aliases if fields.get(plain.get(alias, ""))), "")


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()
