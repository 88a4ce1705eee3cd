import threading

import pytest
from django.db import connection

from leadtrack.visits.models import Site, Visit, Visitor
from leadtrack.visits.track import record_visit
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(site: Site, pages: list[str]) -> None:
    barrier, trouble = threading.Barrier(len(pages)), []

    def see(url: str) -> None:
        try:
            barrier.wait()
            record_visit(site=site, visitor_key="0123456789abcdef", url=url, referrer="", at=make.NOON)
        except BaseException as problem:
            trouble.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=see, args=(url,)) for url in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []


def test_first_beacons_at_once_make_one_visitor_and_one_visit() -> None:
    site = make.site()
    for _round in range(5):
        at_once(site, ["https://shop.example/"] * 6)
        assert Visitor.objects.count() == 1
        assert Visit.objects.get().page_count == 6
        Visit.objects.all().delete()
        Visitor.objects.all().delete()


def test_a_known_visitor_coming_back_in_two_tabs_makes_one_visit() -> None:
    site = make.site()
    Visitor.objects.create(site=site, key="0123456789abcdef", first_seen_at=make.NOON)
    at_once(site, ["https://shop.example/?utm_source=fb&utm_medium=cpc"] * 6)
    assert Visit.objects.get().page_count == 6
