"""Reading bodies: pure tables, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadtrack.leads.reading import emails_in, fallback_key, phones_in, read_enquiry
from leadtrack.leads.submission import MAX_FIELDS, NAME_LENGTH, VALUE_LENGTH, read_submission
from leadtrack.leads.words import clean

KINDS = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=X",
    "multipart/form-data",
    "application/json",
    "text/plain",
    "",
    "application/json; charset=no-such",
    "text/plain; charset=hex",
    "application/x-www-form-urlencoded; charset=utf-7",
]


def form_data(*parts: bytes, end: bytes = b"--X--\r\n") -> bytes:
    return b"".join(b"--X\r\n" + part + b"\r\n" for part in parts) + end


def part(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    return b'Content-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + value


@pytest.mark.parametrize(
    ("kind", "body", "fields", "problems"),
    [
        (
            "application/json",
            b'{"id": 12345678901234567890, "n": null, "t": true}',
            {"id": "12345678901234567890", "n": "", "t": "true"},
            (),
        ),
        ("application/json", '{"a": {"b": ["ж", 1]}}'.encode(), {"a": '{"b": ["ж", "1"]}'}, ()),
        ("application/json", b'{"a": "\\u0000x\\ud800"}', {"a": "x?"}, ()),
        ("application/json", b'{"a": "x\\ty\\r\\nz"}', {"a": "x\ty\nz"}, ()),
        ("application/json", b'{"": "x", " ": "y", "a": "1"}', {"a": "1"}, ()),
        ("application/json", b'{"a": "1", "b": "2', {"a": "1"}, ("not_json",)),
        ("application/x-www-form-urlencoded", b"a=1&a=2&a=3", {"a": "1", "a[2]": "2", "a[3]": "3"}, ()),
        ("application/x-www-form-urlencoded", b"a=%E4&b", {"a": "\ufffd", "b": ""}, ("not_utf8",)),
        ("application/x-www-form-urlencoded", b"a=%00%1b[31m", {"a": "[31m"}, ()),
        ("application/x-www-form-urlencoded; charset=koi8-r", b"a=%C1", {"a": "а"}, ()),
        (
            "multipart/form-data; boundary=X",
            form_data(part(b"a", b"1"), part(b"b", b"x\r\ny")),
            {"a": "1", "b": "x\ny"},
            (),
        ),
        (
            "multipart/form-data; boundary=X",
            form_data(part(b"a", b"1"), end=b""),
            {"a": "1"},
            ("unfinished",),
        ),
        (
            "multipart/form-data; boundary=X",
            form_data(part(b"a", b"1"), b"no head"),
            {"a": "1"},
            ("unfinished",),
        ),
        (
            'multipart/form-data; boundary="X"',
            form_data(part(b'q%22"', b"")).replace(b'""', b'"'),
            {'q"': ""},
            (),
        ),
        (
            "multipart/form-data; boundary=X",
            form_data(part(b"a", b"1"), part(b"f", b"\x89PNG\x00", b'; filename="me.png"')),
            {"a": "1", "f": "me.png (5 bytes)"},
            ("file",),
        ),
        (
            "multipart/form-data; boundary=X",
            form_data(part(b"f", b"", b'; filename=""'), part(b"a", b"1")),
            {"f": "", "a": "1"},
            (),
        ),
    ],
)
def test_it_reads(kind: str, body: bytes, fields: dict[str, str], problems: tuple[str, ...]) -> None:
    submission = read_submission(kind, body)
    assert (submission.fields, submission.problems) == (fields, problems)


def test_what_is_cut_is_kept_raw() -> None:
    body = b"n" * 300 + b"=" + b"v" * 20_000
    submission = read_submission(KINDS[0], body)
    assert submission.fields == {"n" * NAME_LENGTH: "v" * VALUE_LENGTH}
    assert (submission.problems, submission.raw) == (("cut",), body.decode())


def test_broken_bytes_can_be_told_from_what_is_kept() -> None:
    assert read_submission("application/json", b"\xff{\x00").raw == "\\xff{\\x00"


def test_a_body_that_its_fields_say_wholly_is_not_kept_twice() -> None:
    assert read_submission(KINDS[0], b"a=1").raw is None


@given(st.sampled_from(KINDS), st.binary(max_size=400))
def test_any_bytes_at_all_give_storable_text(kind: str, body: bytes) -> None:
    _assert_storable(kind, body)


@given(st.sampled_from(KINDS), st.text(alphabet='{}[]":,=&%+-X\r\n\x00a1\\u;name', max_size=200))
def test_anything_that_looks_like_a_body_gives_storable_text(kind: str, text: str) -> None:
    _assert_storable(kind, text.encode())


def _assert_storable(kind: str, body: bytes) -> None:
    submission = read_submission(kind, body)
    assert len(submission.fields) <= MAX_FIELDS
    for text in (*submission.fields, *submission.fields.values(), submission.raw or ""):
        assert "\x00" not in text
        text.encode()
    assert submission.raw is not None or not submission.problems or submission.problems == ("file",)
    assert read_enquiry(submission.fields).is_reachable in (True, False)


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        (
            {"NAME": "Ann", "Phone_Number": "1", "E-Mail": "a@b.c"},
            {"name": "Ann", "phone": "1", "email": "a@b.c"},
        ),
        (
            {"your-name": "Ann", "your-tel": "1", "your-email": "e", "your-message": "m"},
            {"name": "Ann", "phone": "1", "email": "e", "message": "m"},
        ),
        (
            {"ФИО": "Анна", "Телефон": "1", "почта": "e", "Комментарий": "m"},
            {"name": "Анна", "phone": "1", "email": "e", "message": "m"},
        ),
        ({"first_name": "Ann", "Last-Name": "Lee"}, {"name": "Ann Lee"}),
        ({"firstname": "Ann", "name": "Ann Lee"}, {"name": "Ann Lee", "rest": (("firstname", "Ann"),)}),
        ({"name": "", "lastname": "Lee"}, {"name": "Lee"}),
        ({"phone": "", "tel": "2", "mobile": "3"}, {"phone": "2", "rest": (("mobile", "3"),)}),
        ({"phone": "2", "tel": "2"}, {"phone": "2"}),
        ({"name": "Ann\nLee", "message": "a\nb"}, {"name": "Ann Lee", "message": "a\nb"}),
        ({"tildaspec-referer": "p", "document_referrer": "r"}, {"page_url": "p", "referrer": "r"}),
        (
            {"lt_visitor": "v", "lt_submission_id": "s", "lt_redirect": "/x", "lt_hp": "h"},
            {"visitor": "v", "submission_id": "s", "redirect": "/x", "honeypot": "h"},
        ),
        (
            {"colour": "red", "utm_source": "x", "empty": ""},
            {"rest": (("colour", "red"), ("utm_source", "x"))},
        ),
    ],
)
def test_fields_mean(fields: dict[str, str], meant: dict[str, object]) -> None:
    enquiry = read_enquiry(fields)
    said = {name: value for name, value in vars(enquiry).items() if value}
    assert said == meant


@pytest.mark.parametrize(
    ("text", "phones", "emails"),
    [
        ("call +49 (30) 90-18-20 or 0171 2345678.", ["+49 (30) 90-18-20", "0171 2345678"], []),
        ("write to Ann.Lee+x@mail.example.com, please", [], ["Ann.Lee+x@mail.example.com"]),
        ("order 123456, 12 pieces, 2026", [], []),
        ("550e8400-e29b-41d4-a716-446655440000", [], []),
        ("9" * 40, [], []),
        ("@" * 1000 + "a@", [], []),
    ],
)
def test_it_finds_ways_to_reach_a_person_in_text(text: str, phones: list[str], emails: list[str]) -> None:
    assert (phones_in(text), emails_in(text)) == (phones, emails)


def test_long_hostile_text_is_searched_in_linear_time() -> None:
    for text in (
        "1" * 200_000 + "x",
        "a" * 200_000,
        "a." * 100_000 + "@",
        "(" * 200_000,
        "1 " * 100_000 + "x",
    ):
        assert emails_in(text) == []
        assert len(phones_in(text)) < 10_000


def test_the_fallback_key_depends_on_every_field_and_the_minute() -> None:
    keys = {
        fallback_key({"phone": "1", "message": "a"}, "12:00"),
        fallback_key({"phone": "1", "message": "b"}, "12:00"),
        fallback_key({"phone": "1", "message": "a"}, "12:01"),
    }
    assert len(keys) == 3
    assert fallback_key({"a": "1", "b": "2"}, "12:00") == fallback_key({"b": "2", "a": "1"}, "12:00")


def test_clean_keeps_hostile_strings_as_text() -> None:
    hostile = "<b onclick='x'>=cmd|' /C calc'!A0 \u202eexe.txt \u200b ' OR 1=1 -- {{ 7*7 }} ${x}"
    assert clean(hostile) == hostile
