"""The identity keys of two contacts put on one ring, and taken apart again.

A key that both had stands once on the ring: the other, its twin, is taken away and remembered as being like
the one that stayed. Only ids are remembered, so that nobody's phone stands in the record of a merge.
"""

from typing import Any

from leadtrack.leads.models import Contact, ContactKey, Merge

Moved = dict[str, Any]


def move(absorbed: Contact, survivor: Contact) -> Moved:
    """Give the survivor every key; what moved, for `move_back`. Both contacts are locked."""
    mine = {(key.kind, key.value): key for key in survivor.keys.all()}
    theirs = list(absorbed.keys.order_by("pk"))
    twins = [
        {
            "id": key.pk,
            "like": mine[key.kind, key.value].pk,
            "is_owner": key.is_owner,
            "is_shared": key.is_shared,
        }
        for key in theirs
        if (key.kind, key.value) in mine
    ]
    gone = {twin["id"] for twin in twins}
    moved = [key.pk for key in theirs if key.pk not in gone]
    ContactKey.objects.filter(pk__in=gone).delete()
    _own([twin["like"] for twin in twins if twin["is_owner"]], is_owner=True)
    ContactKey.objects.filter(pk__in=moved).update(contact=survivor)
    return {"moved": moved, "twins": twins}


def move_back(merge: Merge) -> None:
    """Give the absorbed contact its keys back, with their ids; the merge is marked as undone already.

    Keys that somebody took away since (an erased person, an undone import) stay away.
    """
    keys: Moved = merge.moved["keys"]
    here = ContactKey.objects.filter(contact=merge.survivor_id)
    going = set(here.filter(pk__in=keys["moved"]).values_list("pk", flat=True))
    ContactKey.objects.filter(pk__in=going).update(contact=merge.absorbed_id)
    for twin in keys["twins"]:
        _part(twin, merge.absorbed_id)
    for other in Merge.objects.filter(survivor=merge.survivor_id, undone_at=None).order_by("pk"):
        _keep_for(other, going)


def _part(twin: Moved, contact_id: int) -> ContactKey | None:
    """Make the twin again, of this contact, as it was before."""
    like = ContactKey.objects.filter(pk=twin["like"]).first()
    if like is None:
        return None
    if twin["is_owner"]:
        _own([like.pk], is_owner=False)
    key = ContactKey(
        pk=twin["id"],
        contact_id=contact_id,
        kind=like.kind,
        value=like.value,
        is_owner=twin["is_owner"],
        is_shared=like.is_shared,
    )
    key.save(force_insert=True)
    return key


def _keep_for(other: Merge, going: set[int]) -> None:
    """A key that goes was also that of another part of the survivor, which must not lose it.

    Its twin takes its place: it stands on the ring from now on, and the remaining twins are like it.
    """
    keys: Moved = other.moved["keys"]
    for twin in [twin for twin in keys["twins"] if twin["like"] in going]:
        known = _on_ring(other.survivor_id, twin["like"])
        if known is None and _part(twin, other.survivor_id):
            keys["moved"].append(twin["id"])
            keys["twins"].remove(twin)
        elif known is not None:
            if twin["is_owner"]:
                _own([twin["like"]], is_owner=False)
                _own([known], is_owner=True)
            twin["like"] = known
    other.save(update_fields=["moved"])


def _on_ring(contact_id: int, like: int) -> int | None:
    """The survivor's key of the same value, if it has one."""
    wanted = ContactKey.objects.filter(pk=like).values_list("kind", "value").first()
    if wanted is None:
        return None
    kind, value = wanted
    same = ContactKey.objects.filter(contact=contact_id, kind=kind, value=value)
    return same.values_list("pk", flat=True).first()


def _own(ids: list[int], *, is_owner: bool) -> None:
    ContactKey.objects.filter(pk__in=ids).update(is_owner=is_owner)
