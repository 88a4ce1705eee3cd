import pytest

from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import Call, CarrierAccount
from leadtrack.sources import register
from tests import make

pytestmark = pytest.mark.django_db
ACCOUNTS = "/admin/leadtrack_phones/carrieraccount/"


def test_the_token_is_never_shown_and_stays_when_left_empty(login):
    account = make.carrier_account(auth_token="very secret")
    admin = login("admin")
    assert b"very secret" not in admin.get(f"{ACCOUNTS}{account.pk}/change/").content
    told = {"name": "Renamed", "kind": "twilio", "account_sid": account.account_sid, "auth_token": ""}
    assert admin.post(f"{ACCOUNTS}{account.pk}/change/", told).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.auth_token) == ("Renamed", "very secret")


def test_a_new_account_needs_its_token(login):
    told = {"name": "Twilio", "kind": "twilio", "account_sid": "AC1", "auth_token": ""}
    admin = login("admin")
    assert b"Without the token" in admin.post(f"{ACCOUNTS}add/", told).content
    assert admin.post(f"{ACCOUNTS}add/", told | {"auth_token": "t"}).status_code == 302
    assert CarrierAccount.objects.get().auth_token == "t"


def test_numbers_lead_to_the_assignment_panel(login):
    number = make.number()
    page = login("admin").get("/admin/leadtrack_phones/trackednumber/").content.decode()
    assert f'href="/numbers/{number.pk}/assign/"' in page


def test_assignments_and_calls_are_for_looking(login):
    number = make.number()
    held = assign_number(number=number, source=make.source(), at=make.NOON)
    call = Call.objects.create(
        account=number.account,
        number=number,
        sid="CA1",
        source=register.unknown_source(),
        started_at=make.NOON,
        day=make.NOON.date(),
    )
    admin = login("admin")
    for model, pk in (("assignment", held.pk), ("call", call.pk)):
        base = f"/admin/leadtrack_phones/{model}/"
        assert admin.get(base).status_code == 200
        assert admin.get(f"{base}{pk}/change/").status_code == 200
        assert admin.get(f"{base}add/").status_code == 403
        assert admin.post(f"{base}{pk}/change/", {}).status_code == 403
        assert admin.post(f"{base}{pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_own_pbx_gets_its_address_and_wants_a_real_secret(login):
    admin = login("admin")
    told = {"name": "Office", "kind": "pbx", "account_sid": "", "auth_token": "short"}
    assert b"16 signs or more" in admin.post(f"{ACCOUNTS}add/", told).content
    assert admin.post(f"{ACCOUNTS}add/", told | {"auth_token": "s" * 16}).status_code == 302
    account = CarrierAccount.objects.get()
    page = admin.get(f"{ACCOUNTS}{account.pk}/change/").content.decode()
    assert f"http://testserver/hooks/pbx/{account.account_sid}" in page
    assert "s" * 16 not in page


@pytest.mark.parametrize(
    ("kind", "sid", "words"),
    [
        ("twilio", "", b"begins with AC"),
        ("twilio", "SK1", b"begins with AC"),
        ("pbx", "a/b c", b"letters, digits"),
    ],
)
def test_an_account_sid_that_cannot_be_one_is_told(login, kind, sid, words):
    told = {"name": "Office", "kind": kind, "account_sid": sid, "auth_token": "s" * 16}
    assert words in login("admin").post(f"{ACCOUNTS}add/", told).content


def test_the_kind_stays_what_it_is_as_calls_are_read_by_it(login):
    account = make.carrier_account()
    told = {"name": "T", "kind": "pbx", "account_sid": account.account_sid, "auth_token": ""}
    login("admin").post(f"{ACCOUNTS}{account.pk}/change/", told)
    account.refresh_from_db()
    assert (account.name, account.kind) == ("T", "twilio")
