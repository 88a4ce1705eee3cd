"""What makes a row of a file the same row in any other file: its own id, as long as that is of one person."""

from collections.abc import Iterable

from leadtrack.leads.importing.nouns import Understood
from leadtrack.leads.models import InboxRow

# A key that has been met -> the phone and the e-mail of whose it is.
Met = dict[str, tuple[str, str]]


def keys_of(site_id: int, enquiries: Iterable[Understood], met: Met | None = None) -> list[str]:
    """A key for each; one query. `met` has those of earlier rows that are not stored, and gets these.

    Two systems count from 1, both: an id that is somebody else's by now does not make a row known.
    """
    told = list(enquiries)
    owners = {} if met is None else met
    ids = {one.key(site_id) for one in told if one.external_id} - owners.keys()
    rows = InboxRow.objects.filter(submission_key__in=ids).values_list("submission_key", "payload")
    owners.update({key: (payload.get("phone", ""), payload.get("email", "")) for key, payload in rows})
    return [_key(site_id, one, owners) for one in told]


def _key(site_id: int, one: Understood, owners: Met) -> str:
    key = one.key(site_id)
    if not one.external_id:
        return key
    phone, email = owners.setdefault(key, (one.phone, one.email))
    is_theirs = (phone and phone == one.phone) or (email and email == one.email)
    return key if is_theirs else one.row_key(site_id)
