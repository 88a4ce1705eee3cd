"""Twilio's REST interface over HTTP: the few resources that LeadTrack asks for."""

import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.phones.fake_twilio.books import API, RefusedError

if TYPE_CHECKING:
    from tests.phones.fake_twilio.books import Books
    from tests.phones.fake_twilio.server import FakeTwilio

# As many rows as the real one sends at most.
_MOST_ROWS = 1000
_WANTS = {
    "VoiceEnabled": ("capabilities", "voice"),
    "SmsEnabled": ("capabilities", "SMS"),
    "MmsEnabled": ("capabilities", "MMS"),
}


@dataclass(frozen=True)
class Asked:
    """One request that came."""

    method: str
    path: str
    params: dict[str, str]
    status: int


Answer = tuple[int, Any]


class Rest(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: `FakeTwilio.asked` has it all."""

    def do_GET(self) -> None:
        """List, look, fetch."""
        self._serve()

    def do_POST(self) -> None:
        """Make, change."""
        self._serve()

    def do_DELETE(self) -> None:
        """Take away."""
        self._serve()

    @property
    def carrier(self) -> "FakeTwilio":
        """Whose interface this is."""
        carrier: FakeTwilio = self.server.carrier  # type: ignore[attr-defined]
        return carrier

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        told = parse_qs(parts.query + "&" + body, keep_blank_values=True)
        params = {name: " ".join(values) for name, values in told.items()}
        trouble = next((one for one in self.carrier.troubles if one.takes(self.command, parts.path)), None)
        if trouble is not None and trouble.slow:
            time.sleep(trouble.slow)
        if trouble is not None and (trouble.drops or trouble.status or trouble.body is not None):
            self._note(parts.path, params, trouble.status)
            self._fail(trouble.status, trouble.code, trouble.retry_after, trouble.body, trouble.drops)
            return
        status, answer = self._answer(parts.path, params, dict(parse_qsl(parts.query)))
        self._note(parts.path, params, status)
        if trouble is not None and trouble.drops_after:
            self.close_connection = True
            return
        self._send(status, answer)

    def _note(self, path: str, params: dict[str, str], status: int) -> None:
        self.carrier.asked.append(Asked(self.command, path, params, status))

    def _fail(self, status: int, code: int | None, retry_after: str, body: str | None, drops: bool) -> None:
        if drops:
            self.close_connection = True
            return
        if body is not None:
            self._send_bytes(status or 200, "text/html", body.encode())
            return
        code = code if code is not None else {429: 20429, 500: 20500, 503: 20503}.get(status)
        headers = {"Retry-After": retry_after} if retry_after else {}
        self._send(status, {"code": code, "message": "Told to fail", "status": status}, headers)

    def _answer(self, path: str, params: dict[str, str], query: dict[str, str]) -> Answer:
        if not self._is_known():
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        with self.carrier.books.lock:
            try:
                return _route(self.carrier.books, self.command, path, params, query)
            except RefusedError as told:
                return told.status, {"code": told.code, "message": told.message, "status": told.status}
            except KeyError:
                return 404, {"code": 20404, "message": f"{path} was not found", "status": 404}

    def _is_known(self) -> bool:
        books = self.carrier.books
        login = base64.b64encode(f"{books.account}:{books.token}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {login}"

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        if isinstance(answer, bytes):
            self._send_bytes(status, "audio/mpeg", answer)
            return
        text = "" if answer is None else json.dumps(answer)
        self._send_bytes(status, "application/json", text.encode(), headers)

    def _send_bytes(
        self, status: int, content_type: str, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _route(books: "Books", method: str, path: str, params: dict[str, str], query: dict[str, str]) -> Answer:
    if found := re.fullmatch(r"/v1/PhoneNumbers/Countries/([A-Z]{2})", path):
        return 200, books.prices[found[1]]
    base = f"{API}/{books.account}"
    for (verb, pattern), answer in _ROUTES.items():
        found = re.fullmatch(re.escape(base) + pattern, path)
        if found and verb == method:
            return answer(books, found.groups(), params, path, query)
    raise KeyError(path)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _listed(key: str, rows: list[dict[str, Any]], path: str, query: dict[str, str]) -> Answer:
    """A page of a list, with the way to the next one."""
    size = min(int(query.get("PageSize", "50")), _MOST_ROWS)
    page = int(query.get("Page", "0"))
    part = rows[page * size : (page + 1) * size]
    onwards = f"{path}?{urlencode(query | {'Page': str(page + 1), 'PageToken': 'PA' + str(page)})}"
    return 200, {
        key: [_shown(row) for row in part],
        "end": page * size + len(part) - 1,
        "first_page_uri": f"{path}?{urlencode(query | {'Page': '0'})}",
        "next_page_uri": onwards if len(rows) > (page + 1) * size else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": None,
        "start": page * size,
        "uri": f"{path}?{urlencode(query)}",
    }


def _search(books: "Books", found: tuple[str, ...], params: dict[str, str], path: str, query: Any) -> Answer:
    country, kind = found
    rows = [
        row
        for row in books.for_sale.values()
        if row["iso_country"] == country and row["_kind"] == kind and _fits(row, params)
    ]
    rows = rows[: int(query.get("PageSize", "30"))]
    return 200, {"available_phone_numbers": [_shown(row) for row in rows], "uri": path}


def _fits(row: dict[str, Any], params: dict[str, str]) -> bool:
    for name, (group, key) in _WANTS.items():
        if params.get(name) == "true" and not row[group][key]:
            return False
    pattern = params.get("Contains", "").replace("*", ".").replace("%", ".*").lstrip("+")
    return (
        (not pattern or re.search(pattern, row["phone_number"]) is not None)
        and row["phone_number"].startswith("+1" + params.get("AreaCode", "") if "AreaCode" in params else "+")
        and params.get("InLocality", row["locality"]) == row["locality"]
        and params.get("InRegion", row["region"]) == row["region"]
        and not (params.get("ExcludeAllAddressRequired") == "true" and row["address_requirements"] != "none")
    )


def _numbers(books: "Books", found: Any, params: dict[str, str], path: str, query: dict[str, str]) -> Answer:
    """Twilio finds by a part of the number."""
    part = params.get("PhoneNumber", "")
    rows = [row for row in books.numbers.values() if part.lstrip("+") in row["phone_number"]]
    return _listed("incoming_phone_numbers", rows, path, query)


def _calls(books: "Books", found: Any, params: dict[str, str], path: str, query: dict[str, str]) -> Answer:
    """By whole days in UTC; "StartTime>" is on or after, "StartTime<" on or before."""
    since, before = _day(query.get("StartTime>")), _day(query.get("StartTime<"))
    rows = books.calls_of(since=since, before=before)
    if "To" in params:
        rows = [row for row in rows if row["to"] == params["To"]]
    return _listed("calls", rows, path, query)


def _day(text: str | None) -> datetime | None:
    if not text:
        return None
    return datetime.combine(date.fromisoformat(text[:10]), datetime.min.time(), UTC)


def _place(books: "Books", found: Any, params: dict[str, str], path: str, query: Any) -> Answer:
    if books.number_called(params["From"]) is None:
        raise RefusedError(400, 21210, "The source phone number is not verified for your account")
    if not params.get("Url") and not params.get("Twiml"):
        raise RefusedError(400, 21205, "Url parameter is required")
    row = books.log_call(from_=params["From"], to=params["To"], direction="outbound-api")
    row["_wanted"] = params
    return 201, _shown(row)


def _write(books: "Books", found: Any, params: dict[str, str], path: str, query: Any) -> Answer:
    if books.number_called(params["From"].removeprefix("whatsapp:")) is None:
        raise RefusedError(400, 21606, "The From phone number is not a valid number for this account")
    if not params.get("Body") or len(params["Body"]) > 1600:
        raise RefusedError(400, 21617, "The message body is missing or too long")
    row = books.write(
        from_=params["From"], to=params["To"], body=params["Body"], direction="outbound-api", status="queued"
    )
    row["_callback"] = params.get("StatusCallback", "")
    return 201, _shown(row)


def _sound(books: "Books", found: tuple[str, ...], params: Any, path: str, query: Any) -> Answer:
    if books.recordings[found[0]]["status"] != "completed":
        raise KeyError(found[0])
    return 200, books.sounds[found[0]]


def _release(books: "Books", found: tuple[str, ...], params: Any, path: str, query: Any) -> Answer:
    del books.numbers[found[0]]
    return 204, None


def _delete_recording(books: "Books", found: tuple[str, ...], params: Any, path: str, query: Any) -> Answer:
    del books.recordings[found[0]], books.sounds[found[0]]
    return 204, None


_ROUTES: dict[tuple[str, str], Callable[..., Answer]] = {
    ("GET", r"/AvailablePhoneNumbers/([A-Z]{2})/(\w+)\.json"): _search,
    ("GET", r"/IncomingPhoneNumbers\.json"): _numbers,
    ("POST", r"/IncomingPhoneNumbers\.json"): lambda books, _found, params, _path, _query: (
        201,
        _shown(books.buy(params)),
    ),
    ("GET", r"/IncomingPhoneNumbers/(\w+)\.json"): lambda books, found, _params, _path, _query: (
        200,
        _shown(books.numbers[found[0]]),
    ),
    ("POST", r"/IncomingPhoneNumbers/(\w+)\.json"): lambda books, found, params, _path, _query: (
        200,
        _shown(books.configure(found[0], params)),
    ),
    ("DELETE", r"/IncomingPhoneNumbers/(\w+)\.json"): _release,
    ("GET", r"/Calls\.json"): _calls,
    ("POST", r"/Calls\.json"): _place,
    ("POST", r"/Calls/(\w+)/Recordings/Twilio\.CURRENT\.json"): lambda books, found, params, _path, _query: (
        200,
        _shown(books.pause_recording(found[0], params.get("Status", ""))),
    ),
    ("GET", r"/Recordings/(\w+)\.json"): lambda books, found, _params, _path, _query: (
        200,
        _shown(books.recordings[found[0]]),
    ),
    ("GET", r"/Recordings/(\w+)\.(?:mp3|wav)"): _sound,
    ("DELETE", r"/Recordings/(\w+)\.json"): _delete_recording,
    ("POST", r"/Messages\.json"): _write,
}
