"""The demo's people at the real doors: beacons, forms and really signed calls, over HTTP."""

import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from leadtrack.demo.adverts import LINE_BY_KEY, PAGES
from leadtrack.demo.events import FormSent, GoalReached, PageView
from leadtrack.demo.notices import AUTH_TOKEN, dial_done, ended, picked_up, ringing, signature
from leadtrack.lib.money import format_cents

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


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

    def send(self, form: FormSent, *, is_plain: bool) -> None:
        """A form, as the snippet's fetch sends it or as a browser without scripts does."""
        headers = {"Origin": PAGES[form.site], "Referer": form.page}
        headers["Accept"] = "text/html" if is_plain else "application/json"
        self._post(f"/api/v1/forms/{form.site}", data=dict(form.fields), headers=headers)

    def call(self, *, number: str, caller: str, talk_seconds: int | None) -> str:
        """One signed call from the first ring to the end; its CallSid. None seconds: nobody answers.

        UnknownNumberError if LeadTrack does not forward it.
        """
        sid = f"CA{secrets.token_hex(16)}"
        who = {"sid": sid, "called": number, "caller": caller}
        if "<Dial" not in self._signed("voice", ringing(**who)).text:
            raise UnknownNumberError(f"{number} is not among the tracked numbers: LeadTrack hung up.")
        if talk_seconds is not None:
            self._signed("status", picked_up(sid=sid, caller=caller))
        self._signed("dial-done", dial_done(**who, talk_seconds=talk_seconds))
        self._signed("status", ended(**who, seconds=20 + (talk_seconds or 0)))
        return sid

    def close(self) -> None:
        """Let the connections go."""
        self.client.close()

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
