"""What a country wants before it gives a number, as steps for somebody who has never done it. Pure."""

from django.utils.translation import gettext as _

from leadtrack.phones.carriers.interface import AddressNeeded
from leadtrack.ui.wording import page_locale


def address_steps(needed: AddressNeeded, country: str) -> list[str]:
    """The steps in their order, in the reader's language; none where no address is wanted."""
    if needed == AddressNeeded.NONE:
        return []
    name = page_locale().territories.get(country, country)
    whose = {
        AddressNeeded.ANY: _("The law of the country wants an address of yours, in any country."),
        AddressNeeded.LOCAL: _(
            "The law of the country wants an address of yours in the country itself (%(country)s)."
        ),
        AddressNeeded.FOREIGN: _("The law of the country wants an address of yours outside of %(country)s."),
    }[needed]
    return [
        whose % {"country": name},
        _("At the carrier, open Phone Numbers → Regulatory compliance → Addresses, and add that address."),
        _("If it asks for papers (an extract of the register, a bill), upload them and wait for “approved”."),
        _("Come back here, search again and buy."),
    ]
