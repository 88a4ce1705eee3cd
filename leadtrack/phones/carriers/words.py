"""What a carrier's refusal means, and the next step, in words. Only the code of one is ever stored."""

from typing import Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

WORDS: Final[dict[str, str | Promise]] = {
    # Ours.
    "not_offered": _("This carrier cannot do that: do it where you manage your phones."),
    "unreachable": _("The carrier cannot be reached. It is tried again by itself."),
    "too_slow": _("The carrier did not answer in time. It is tried again by itself."),
    "carrier_trouble": _("The carrier has trouble of its own. It is tried again by itself."),
    "unreadable": _("The carrier answered something that cannot be read. It is tried again by itself."),
    "too_many": _("The carrier asks us to be slower. It is tried again by itself."),
    "not_allowed": _(
        "The carrier does not take the account SID and token: copy both anew into the carrier account."
    ),
    "made_up_account": _(
        "This is the demo's own account, which no carrier knows: nothing is bought, called or sent for it. "
        "Add a carrier account of your own."
    ),
    "not_found": _("The carrier does not know it (any more)."),
    "no_public_address": _(
        "The carrier cannot call us back: LeadTrack has no public https address. Set PUBLIC_BASE_URL."
    ),
    "number_is_ours_already": _("This number is tracked already."),
    "has_no_site": _("The site that the number was for is gone: order it anew."),
    "has_no_default_phone": _("No phone is named that could ring: write one into the form."),
    "given_up": _("It was tried for a day and did not work. Look at the carrier's own status page."),
    "unsafe_address": _("The recording's address is not a public https address: it is not fetched."),
    "too_large": _("It is larger than we take."),
    # Buying a number at Twilio.
    "21421": _("The carrier takes this for no phone number. Search again and choose one of the list."),
    "21422": _("Somebody was faster: the number is not for sale any more. Search again and choose another."),
    "21452": _("There is no number for sale in this area. Try a neighbouring area, or none at all."),
    "21615": _(
        "This country wants an address of yours in the country itself. Add one at the carrier under Phone "
        "Numbers → Regulatory compliance → Addresses, wait until it is verified, then buy again."
    ),
    "21631": _(
        "This country wants an address of yours. Add one at the carrier under Phone Numbers → Regulatory "
        "compliance → Addresses, then buy again."
    ),
    "21649": _(
        "This country wants papers first (a regulatory bundle). Hand them in at the carrier under Phone "
        "Numbers → Regulatory compliance → Bundles; when it is approved, buy again."
    ),
    # Calling and writing.
    "21211": _("The number to reach is not a phone number."),
    "21214": _("The number to reach cannot be called."),
    "21215": _("Your account may not call this country: allow it at the carrier under Geo permissions."),
    "21219": _("A trial account reaches verified numbers only: verify this one at the carrier."),
    "21401": _("The carrier takes this for no phone number."),
    "21408": _("Your account may not write to this country: allow it at the carrier under Geo permissions."),
    "21606": _("This number of yours cannot send texts."),
    "21608": _("A trial account reaches verified numbers only: verify this one at the carrier."),
    "21610": _("They wrote STOP to this number: no texts until they write START."),
    "21612": _("There is no way for a text from this number to that one."),
    "21614": _("The number to reach takes no texts: it is not a mobile phone."),
    "30003": _("The phone was off or out of reach."),
    "30004": _("The phone takes no texts from you."),
    "30005": _("The carrier does not know this phone."),
    "30006": _("The number takes no texts: it is a landline, or its network is out of reach."),
    "30007": _("The network took the text for spam."),
    "30008": _("The network did not say why the text was not delivered."),
    "30034": _("Texts in the United States need a registered sender: register yours at the carrier (A2P)."),
    "63016": _("WhatsApp lets you write freely only within 24 hours after they wrote: use a template."),
}


def words_of(code: str) -> str | Promise:
    """What happened and what to do next. A code we do not know is named, to be looked up."""
    if not code:
        return ""
    return WORDS.get(code) or format_lazy(
        _("The carrier refused with error {code}: look it up in its documentation."), code=code
    )
