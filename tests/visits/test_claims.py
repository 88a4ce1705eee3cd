"""What browsers say of who they belong to."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadtrack.visits.claims import MOST_PER_BROWSER, _normal, record_claim
from leadtrack.visits.models import Claim, Site
from leadtrack.visits.tokens import read_token, token_of
from tests import make

SOMEBODY = "0123456789abcdef012345"
pytestmark = pytest.mark.django_db


def _claim(visitor, kind, value, at=make.NOON):
    return record_claim(site=visitor.site, visitor_id=visitor.pk, kind=kind, value=value, at=at)


@pytest.fixture
def visitor():
    return make.visit().visitor


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("email", " Anna.B+shop@Example.COM ", "anna.b+shop@example.com"),
        ("phone", "030 901820", "+4930901820"),
        ("phone", "+49 (30) 901-820", "+4930901820"),
        ("id", "User-17", "User-17"),
        ("token", token_of(SOMEBODY), SOMEBODY),
    ],
)
def test_a_claim_is_kept_in_one_spelling(visitor, kind, typed, kept):
    assert _claim(visitor, kind, typed)
    assert Claim.objects.values_list("kind", "value", "state").get() == (kind, kept, "waiting")


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("email", "no address"),
        ("email", "a@" + "b" * 300 + ".example"),
        ("phone", "12"),
        ("id", ""),
        ("id", "x" * 101),
        ("token", SOMEBODY),
        ("token", token_of(SOMEBODY)[:-1] + "_"),
        ("token", "z" + token_of(SOMEBODY)),
        ("shoe size", "42"),
    ],
)
def test_what_is_nothing_or_forged_is_left_out(visitor, kind, typed):
    assert not _claim(visitor, kind, typed)
    assert not Claim.objects.exists()


@given(kind=st.sampled_from([*Claim.Kind.values, "", "x"]), value=st.text(max_size=400))
def test_no_text_breaks_it(kind, value):
    # A site that is never stored: only what would be stored is asked about.
    assert len(_normal(Site(region="DE"), kind, value, make.NOON)) <= 254


def test_the_same_claim_again_is_one_row_and_one_query(visitor, django_assert_num_queries):
    _claim(visitor, "email", "anna@example.com")
    with django_assert_num_queries(1):
        assert _claim(visitor, "email", "ANNA@example.com")
    assert Claim.objects.count() == 1


def test_a_stranger_cannot_fill_the_table(visitor):
    taken = [_claim(visitor, "email", f"guess{number}@example.com") for number in range(MOST_PER_BROWSER + 5)]
    assert taken == [True] * MOST_PER_BROWSER + [False] * 5
    assert Claim.objects.count() == MOST_PER_BROWSER


def test_a_personal_link_may_end(visitor):
    token = token_of(SOMEBODY, expires_at=make.NOON)
    assert read_token(token, now=make.NOON - timedelta(seconds=1)) == SOMEBODY
    assert read_token(token, now=make.NOON) == ""
    assert not _claim(visitor, "token", token, at=make.NOON)


def test_a_personal_link_is_short_and_safe_in_an_address():
    token = token_of(SOMEBODY)
    assert len(token) < 64
    assert token.replace("~", "").replace("-", "").replace("_", "").isalnum()


def test_a_changed_end_is_a_forgery():
    early, late = (token_of(SOMEBODY, expires_at=make.NOON + timedelta(days=days)) for days in (1, 900))
    forged = late.split("~")[0] + "~" + early.split("~")[1]
    assert read_token(forged, now=make.NOON) == ""
