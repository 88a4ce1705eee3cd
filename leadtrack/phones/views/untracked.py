"""Page: numbers that an account has at the carrier and that are not tracked here; a click takes one over."""

from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.carriers.interface import Ability, CarrierError, Owned, can
from leadtrack.phones.check import untracked
from leadtrack.phones.forms.order import AdoptForm
from leadtrack.phones.jobs import wake
from leadtrack.phones.models import CarrierAccount, TrackedNumber
from leadtrack.phones.order import order_adoption

_MOST: Final = 200


@dataclass(frozen=True)
class ShownAccount:
    """What one account has beside ours; `more` were left out, `problem` says why it could not be asked."""

    account: CarrierAccount
    numbers: list[Owned]
    more: int = 0
    problem: str | Promise = ""


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def numbers_untracked(request: MemberRequest) -> HttpResponse:
    """/numbers/untracked/: asks the carrier when opened; a number's button orders that it becomes ours."""
    # Ids of their own: the page is also shown inside the one that adds a number.
    form = AdoptForm(request.POST or None, initial={"forward_to": _last_forward()}, auto_id="had_%s")
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        account, number = told["had"]
        job = order_adoption(
            account=account,
            number=number.as_e164,
            site=told["site"],
            forward_to=told["forward_to"].as_e164,
            flow=told["flow"].pk if told["flow"] else None,
            pool=told["pool"].pk if told["pool"] else None,
            note=told["note"],
            now=timezone.now(),
            by=request.user,
        )
        wake(job)
        return redirect("leadtrack:number-order", pk=job.pk)
    # The button has no place of its own to write a mistake beside.
    context = {"form": form, "accounts": _accounts(), "refusal": form.errors.get("had", "")}
    return render(request, "phones/untracked.html", context)


def _accounts() -> list[ShownAccount]:
    return [_shown(one) for one in CarrierAccount.objects.order_by("pk") if can(one, Ability.NUMBERS)]


def _shown(account: CarrierAccount) -> ShownAccount:
    try:
        found = sorted(untracked(account), key=lambda one: one.number)
    except CarrierError as refusal:
        return ShownAccount(account, [], problem=refusal.words)
    return ShownAccount(account, list(islice(found, _MOST)), more=max(len(found) - _MOST, 0))


def _last_forward() -> str:
    last = TrackedNumber.objects.order_by("-pk").first()
    return str(last.forward_to) if last else ""
