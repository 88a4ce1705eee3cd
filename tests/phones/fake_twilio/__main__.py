"""A carrier to rehearse with: `python -m tests.phones.fake_twilio --port 8190 --own +15550100020=http://…/hooks`.

Then LEADTRACK_TWILIO_API=http://127.0.0.1:8190, and calls are typed: `call FROM TO [busy|no-answer|mailbox]`.
"""

import argparse
import sys

from tests.phones.fake_twilio import FakeTwilio, Phone, Script
from tests.phones.fake_twilio.server import ACCOUNT, TOKEN


def main() -> None:
    """Serve until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8190)
    parser.add_argument("--account", default=ACCOUNT)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--speed", type=float, default=0, help="seconds of a call per real second; 0: none")
    parser.add_argument("--own", action="append", default=[], help="NUMBER=BASE of a LeadTrack")
    asked = parser.parse_args()
    carrier = FakeTwilio(account=asked.account, token=asked.token, port=asked.port, speed=asked.speed)
    with carrier as twilio:
        for number, base in (each.split("=", 1) for each in asked.own):
            twilio.books.own(
                number,
                VoiceUrl=f"{base}/hooks/twilio/voice",
                StatusCallback=f"{base}/hooks/twilio/status",
                SmsUrl=f"{base}/hooks/twilio/message",
            )
        print(f"{twilio.url} account {asked.account} token {asked.token}", flush=True)
        for line in sys.stdin:
            print(_do(twilio, line.split()), flush=True)


def _do(twilio: FakeTwilio, words: list[str]) -> str:
    match words:
        case ["call", from_, to]:
            return str(twilio.call(from_, to))
        case ["call", from_, to, does]:
            return str(twilio.call(from_, to, Script(phone=Phone(does=does))))
        case ["text", from_, to, *body]:
            return str(twilio.text(from_, to, " ".join(body))["sid"])
        case ["sell", number]:
            return str(twilio.books.sell(number)["phone_number"])
    return "call FROM TO [busy|no-answer|mailbox|failed] · text FROM TO WORDS · sell NUMBER"


if __name__ == "__main__":
    main()
