"""The demo's people at the real doors: beacons, forms and really signed calls, over HTTP."""

import html
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from leadtrack.demo.adverts import FORWARD_TO, LINE_BY_KEY, PAGES
from leadtrack.demo.events import FormSent, GoalReached, PageView
from leadtrack.demo.notices import AUTH_TOKEN, dial_done, ended, picked_up, ringing, signature, texted
from leadtrack.lib.money import format_cents

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

# What LeadTrack answers to a ring: where the end of the ringing is told, and which phones ring.
_DIAL = re.compile(r'<Dial\b[^>]*?\baction="(?P<action>[^"]*)"[^>]*>(?P<phones>.*?)</Dial>', re.DOTALL)
_PHONE = re.compile(r">(\+\d+)<")


class DoorError(RuntimeError):
    """A door did not take what it should have taken."""


class UnknownNumberError(DoorError):
    """The called number is none that LeadTrack tracks: it hung up."""


def _browser() -> httpx.Client:
    return httpx.Client(timeout=10, headers={"User-Agent": _BROWSER})


@dataclass(slots=True)
class Doors:
    """A running LeadTrack: `address` is where it listens, `public` the base URL that carriers sign."""

    address: str
    public: str
    client: httpx.Client = field(default_factory=_browser)

    def look(self, view: PageView) -> None:
        """A page's beacon."""
        page = {"site": view.site, "visitor": view.visitor, "url": view.url, "referrer": view.referrer}
        self._post("/api/v1/visits", json=page, headers={"Origin": _origin(view.url)})

    def reach(self, goal: GoalReached) -> None:
        """A goal, as the page's script tells it."""
        told: dict[str, object] = {"type": "goal", "name": goal.name, "url": goal.url}
        if goal.cents is not None:
            told["value"] = format_cents(goal.cents)
        page = {"site": goal.site, "visitor": goal.visitor, "events": [told]}
        self._post("/api/v1/visits", json=page, headers={"Origin": _origin(goal.url)})

    def read_number(self, view: PageView, own: str) -> str:
        """The number (E.164) that the visitor's page shows in place of its own; the own one where none."""
        told = {"type": "numbers", "url": view.url, "numbers": [own]}
        page = {"site": view.site, "visitor": view.visitor, "events": [told]}
        answer = self._post("/api/v1/visits", json=page, headers={"Origin": _origin(view.url)})
        shown = answer.json()["numbers"] if answer.status_code == httpx.codes.OK else []
        return str(shown[0]["number"]) if shown else own

    def write(self, *, number: str, sender: str, body: str) -> str:
        """A signed text to one of our numbers; its MessageSid."""
        sid = f"SM{secrets.token_hex(16)}"
        self._signed("message", texted(sid=sid, called=number, sender=sender, body=body))
        return sid

    def send(self, form: FormSent, *, is_plain: bool) -> None:
        """A form, as the snippet's fetch sends it or as a browser without scripts does."""
        headers = {"Origin": PAGES[form.site], "Referer": form.page}
        headers["Accept"] = "text/html" if is_plain else "application/json"
        self._post(f"/api/v1/forms/{form.site}", data=dict(form.fields), headers=headers)

    def call(self, *, number: str, caller: str, talk_seconds: int | None) -> str:
        """One signed call from the first ring to the end; its CallSid. None seconds: nobody answers.

        Outside working hours the caller hangs up on the mailbox. UnknownNumberError if LeadTrack neither
        forwards the call nor takes a message.
        """
        sid = f"CA{secrets.token_hex(16)}"
        who = {"sid": sid, "called": number, "caller": caller}
        told = self._signed("voice", ringing(**who)).text
        dial = _DIAL.search(told)
        if dial is None and "<Record" not in told:
            raise UnknownNumberError(f"{number} is not among the tracked numbers: LeadTrack hung up.")
        if dial:
            self._put_through(who, dial, talk_seconds)
        self._signed("status", ended(**who, seconds=20 + (talk_seconds or 0 if dial else 0)))
        return sid

    def close(self) -> None:
        """Let the connections go."""
        self.client.close()

    def _put_through(self, who: dict[str, str], dial: re.Match[str], talk_seconds: int | None) -> None:
        """The phones ring: the first of them is picked up, or none."""
        if talk_seconds is not None:
            phone = _PHONE.search(dial["phones"])
            names = {"sid": who["sid"], "caller": who["caller"]}
            self._signed("status", picked_up(**names, phone=phone[1] if phone else FORWARD_TO))
        over = html.unescape(dial["action"]).partition("/hooks/twilio/")[2]
        self._signed(over or "dial-done", dial_done(**who, talk_seconds=talk_seconds))

    def _signed(self, hook: str, params: dict[str, str]) -> httpx.Response:
        path = f"/hooks/twilio/{hook}"
        headers = {"X-Twilio-Signature": signature(self.public + path, params, AUTH_TOKEN)}
        return self._post(path, data=params, headers=headers)

    def _post(self, path: str, **sent: object) -> httpx.Response:
        answer = self.client.post(self.address + path, **sent)  # type: ignore[arg-type]
        if answer.status_code >= 400:
            raise DoorError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
        return answer


def number_of(line: str) -> str:
    """The tracked number on an advert of the demo firm."""
    return LINE_BY_KEY[line].number


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
