"""From one domain of a site to another: a signed word in the link says which browser follows it.

The browser knows no secret, so it asks for the word when somebody is about to follow a link; what is signed
is the visitor's id and the moment, for one site. Whoever has the id may ask: it is the browser itself.
"""

from typing import Final
from urllib.parse import urlsplit

from django.core import signing

from leadtrack.visits.models import Site
from leadtrack.visits.sites import KnownSite

# Long enough to load a slow page, too short to be passed on.
LIFE_SECONDS: Final = 120
_SALT: Final = "leadtrack.crossing."
_MOST: Final = 200


def word_for(*, site: Site, visitor_key: str) -> str:
    """<visitor>.<moment>.<signature>, for the parameter lt_x of a link."""
    return _signer(site).sign(visitor_key)


def visitor_of_word(*, site: KnownSite, word: str, referrer: str) -> str:
    """The visitor's id of a genuine word not older than two minutes; "" for any other. Total.

    A page that is known to have come from a foreign site brings nobody.
    """
    if referrer and _host(referrer) not in site.hosts:
        return ""
    try:
        return _signer(site.row).unsign(word[:_MOST], max_age=LIFE_SECONDS)
    except (signing.BadSignature, ValueError):
        return ""


def has_several_domains(site: KnownSite) -> bool:
    """Whether the pages of a site may lie on domains that share no cookie (the browser knows exactly)."""
    hosts = sorted((host.removeprefix("www.") for host in site.hosts), key=len)
    return any(not f".{host}".endswith(f".{hosts[0]}") for host in hosts[1:])


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _signer(site: Site) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=_SALT + site.key, sep=".")
