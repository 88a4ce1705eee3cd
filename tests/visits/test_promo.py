"""Promo codes: what a caller reads out, and whose visits it may mean."""

from datetime import timedelta

import pytest
from django.db import connection

from leadtrack.visits.models import Visitor
from leadtrack.visits.promo import code_of, key_start_of, visits_by_code
from tests import make

KEY = "00bc614e" + "0" * 24


def test_a_code_is_eight_digits_of_the_browsers_own_id():
    assert code_of("000000" + "a" * 26) == "0000-0000"
    assert code_of("ffffff" + "a" * 26) == "1677-7215"
    assert code_of(KEY) == "0004-8225"


@pytest.mark.parametrize("key", ["", "visitor-1", "ABCDEF01", "abcde", "12345g"])
def test_an_id_that_a_site_chose_itself_has_no_code(key):
    assert code_of(key) == ""


@pytest.mark.parametrize("typed", ["0004-8225", "00048225", " 0004 8225 ", "0004 - 8225", "0004–8225"])
def test_it_may_be_typed_as_it_is_heard(typed):
    assert key_start_of(typed) == KEY[:6]


@pytest.mark.parametrize(
    "typed", ["", "0004-822", "000482250", "abcdefgh", "9999-9999", "1677-7216", "٠٠٠٤٨٢٢٥"]
)
def test_what_is_no_code_is_none(typed):
    assert key_start_of(typed) is None


@pytest.mark.django_db
class TestVisits:
    def _visit(self, site, key, **ago):
        at = make.NOON - timedelta(**ago)
        visitor = Visitor.objects.filter(site=site, key=key).first()
        visitor = visitor or Visitor.objects.create(site=site, key=key, first_seen_at=at)
        return make.visit(at=at, visitor=visitor)

    def _found(self, site, code="0004-8225"):
        return visits_by_code(site=site, code=code, before=make.NOON)

    def test_the_latest_visit_of_the_browser_is_meant(self):
        site = make.site()
        self._visit(site, KEY, days=2)
        latest = self._visit(site, KEY, minutes=5)
        assert self._found(site) == [latest]

    def test_a_visit_that_began_after_the_call_is_not(self):
        site = make.site()
        before = self._visit(site, KEY, hours=1)
        self._visit(site, KEY, hours=-1)
        assert self._found(site) == [before]

    def test_two_browsers_with_one_code_are_both_offered_newest_first(self):
        site = make.site()
        older = self._visit(site, KEY[:6] + "f" * 26, days=3)
        newer = self._visit(site, KEY, days=1)
        assert self._found(site) == [newer, older]

    def test_neighbours_other_sites_and_old_visits_are_not_offered(self):
        site = make.site()
        self._visit(site, "00bc60" + "f" * 26, days=1)
        self._visit(site, "00bc62" + "0" * 26, days=1)
        self._visit(site, "00bc61..", days=1)
        self._visit(make.site(), KEY, days=1)
        self._visit(site, KEY, days=31)
        assert [visit.visitor.key for visit in self._found(site)] == ["00bc61.."]

    def test_the_last_code_of_all_is_found_too(self):
        site = make.site()
        visit = self._visit(site, "f" * 32, days=1)
        assert self._found(site, "1677-7215") == [visit]

    def test_it_reads_one_range_of_an_index(self):
        site = make.site()
        browsers = Visitor.objects.filter(
            site=site, key__gte="00bc61", key__lt="00bc62", key__startswith="00bc61"
        )
        plan = browsers.explain()
        if connection.vendor == "sqlite":
            assert "key>? AND key<?" in plan
