"""Phones, e-mails, and whether two enquiries are of one person: pure tables."""

from datetime import timedelta

import pytest

from leadtrack.leads.duplicate import Known, Verdict, verdict
from leadtrack.leads.reach import email_of, phone_of, reach_of
from leadtrack.leads.reading import read_enquiry
from leadtrack.leads.retry import back_off, without_personal


@pytest.mark.parametrize(
    ("typed", "region", "phone"),
    [
        ("030 901820", "DE", "+4930901820"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("7 912 345-67-89", "RU", "+79123456789"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("49 30 901820", "", "+4930901820"),
        ("0044 7700 900341", "DE", "+447700900341"),
        ("(00) 44 7700 900341", "GB", "+447700900341"),
        ("0044 7700 900341", "RU", "+447700900341"),
        ("0044 7700 900341", "", "+447700900341"),
        ("00 12 34", "DE", ""),
        ("+15550100010", "", "+15550100010"),
        ("tel: +49 30 901820", "", "+4930901820"),
        ("030 901820", "", ""),
        ("12", "DE", ""),
        ("call me", "DE", ""),
        ("+000", "DE", ""),
        ("9" * 3000, "DE", ""),
        ("030 901820", "XX", ""),
        ("", "DE", ""),
    ],
)
def test_a_phone_is_read_as_dialled_in_the_region(typed: str, region: str, phone: str) -> None:
    assert phone_of(typed, region) == phone


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("Ann.Lee+X@Example.COM", "ann.lee+x@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("Ann <ann@example.com>", "ann@example.com"),
        ("ann at example", ""),
        ("a@b", ""),
        ("a" * 300 + "@example.com", ""),
        ("", ""),
    ],
)
def test_an_email_is_lower_cased_and_otherwise_left_alone(typed: str, email: str) -> None:
    assert email_of(typed) == email


@pytest.mark.parametrize(
    ("fields", "phone", "email", "unread"),
    [
        ({"phone": "030 901820"}, "+4930901820", "", {}),
        ({"phone": "abc", "email": "A@example.com"}, "", "a@example.com", {"phone_raw": "abc"}),
        ({"phone": "030 901820 ext. 5"}, "+4930901820", "", {"phone_raw": "030 901820 ext. 5"}),
        ({"email": "me at home"}, "", "", {"email_raw": "me at home"}),
        ({"message": "ring 030 901820, ann@example.com"}, "+4930901820", "ann@example.com", {}),
        ({"phone": "030 901820", "message": "or 0171 2345678"}, "+4930901820", "", {}),
        ({"phone": "see below", "message": "0171 2345678"}, "+491712345678", "", {"phone_raw": "see below"}),
    ],
)
def test_reach_keeps_what_it_cannot_read(
    fields: dict[str, str], phone: str, email: str, unread: dict[str, str]
) -> None:
    reach = reach_of(read_enquiry(fields), "DE")
    assert (reach.phone, reach.email, reach.unread) == (phone, email, unread)


ANN = Known(1, "Ann", frozenset({"ann@example.com"}))
BOB = Known(2, "Bob", frozenset({"bob@example.com"}))
NAMELESS = Known(3, "", frozenset())


@pytest.mark.parametrize(
    ("name", "email", "by_email", "by_phone", "expected"),
    [
        ("", "", None, [], Verdict(None)),
        ("Bob", "", None, [ANN], Verdict(1)),
        ("", "bob@example.com", None, [ANN], Verdict(1)),
        (" ANN ", "new@example.com", None, [ANN], Verdict(1)),
        ("Bob", "bob@example.com", None, [ANN], Verdict(None, rival_id=1)),
        ("Bob", "bob@example.com", None, [NAMELESS], Verdict(3)),
        ("Bob", "", None, [ANN, BOB], Verdict(2)),
        ("", "", None, [ANN, BOB], Verdict(1)),
        ("Cy", "cy@example.com", None, [ANN, BOB], Verdict(None, rival_id=1)),
        ("Bob", "ann@example.com", ANN, [], Verdict(1)),
        ("Bob", "bob@example.com", BOB, [ANN], Verdict(2, rival_id=1)),
        ("Ann", "ann@example.com", ANN, [ANN], Verdict(1)),
    ],
)
def test_whose_enquiry_it_is(
    name: str, email: str, by_email: Known | None, by_phone: list[Known], expected: Verdict
) -> None:
    assert verdict(name=name, email=email, by_email=by_email, by_phone=by_phone) == expected


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 10), (2, 20), (5, 160), (10, 3600), (10_000, 3600)])
def test_pauses_double_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert back_off(attempts) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("key (email)=(ann@example.com) exists", "key (email)=(…) exists"),
        ("bad phone +49 30 901820!", "bad phone …!"),
        ("no room for Ann Lee", "no room for …"),
        ("first line\nDETAIL: Ann Lee", "first line"),
        ("", ""),
    ],
)
def test_an_error_tells_nothing_about_the_person(message: str, told: str) -> None:
    assert without_personal(message, ["Ann Lee", 5, None, "x"]) == told
