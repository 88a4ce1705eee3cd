"""A carrier that speaks Twilio's REST and webhook formats over real HTTP, for tests, browsers and rehearsals.

    with FakeTwilio() as twilio:            # settings.LEADTRACK_TWILIO_API = twilio.url
        twilio.books.sell("+15550100020")
        twilio.call("+15550100010", "+15550100020", Script(talks=65))

It keeps to the documented behaviour, also where that is inconvenient: the fragment of an address is an order
to the carrier and is neither sent nor signed; an action is asked for though the caller has gone; a webhook
that fails is asked again or its fallback is; status callbacks are sent once and nobody waits for them.
"""

from tests.phones.fake_twilio.books import Books
from tests.phones.fake_twilio.caller import CallOutcome
from tests.phones.fake_twilio.clock import Clock
from tests.phones.fake_twilio.doors import ClientDoor, HttpDoor
from tests.phones.fake_twilio.post import Delivery
from tests.phones.fake_twilio.script import Phone, Script
from tests.phones.fake_twilio.server import FakeTwilio
from tests.phones.fake_twilio.trouble import Trouble

__all__ = [
    "Books",
    "CallOutcome",
    "ClientDoor",
    "Clock",
    "Delivery",
    "FakeTwilio",
    "HttpDoor",
    "Phone",
    "Script",
    "Trouble",
]
