import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from leadtrack.sources.marker import Marker, parse_marker
from leadtrack.sources.models import Source
from leadtrack.sources.register import (
    assigned_source,
    source_for,
    source_id_for,
    spend_source,
    unknown_source,
    unmatched_source,
)

MARKER = Marker(source="google", medium="cpc", campaign="Brand", campaign_id="Ab1")


@pytest.mark.django_db
def test_the_same_marker_is_one_row() -> None:
    first, second = source_for(MARKER), source_for(MARKER)
    assert first.pk == second.pk == source_id_for(MARKER)
    assert (first.channel, first.source, first.medium, first.campaign) == (
        "Paid Search",
        "google",
        "cpc",
        "Brand",
    )
    assert first.has_touches


@pytest.mark.django_db
def test_names_compare_without_case_and_ids_with_it() -> None:
    source = source_for(MARKER)
    assert source_for(Marker(source="google", medium="cpc", campaign="BRAND", campaign_id="Ab1")) == source
    assert source_for(Marker(source="google", medium="cpc", campaign="Brand", campaign_id="aB1")) != source


@pytest.mark.django_db
def test_a_paid_click_is_another_source_than_an_unpaid_one_of_the_same_words() -> None:
    plain = source_for(parse_marker("https://a.example/?utm_source=google&utm_medium=organic", ""))
    paid = source_for(parse_marker("https://a.example/?utm_source=google&utm_medium=organic&gclid=x", ""))
    assert (plain.channel, paid.channel) == ("Organic Search", "Paid Search")


@pytest.mark.django_db
def test_spend_makes_a_row_without_touches_and_a_visit_touches_it() -> None:
    spent = spend_source(source="Google Ads", medium="CPC", campaign=" brand ", campaign_id="Ab1")
    assert (spent.source, spent.channel, spent.has_touches) == ("google", "Paid Search", False)
    assert source_id_for(MARKER) == spent.pk
    spent.refresh_from_db()
    assert spent.has_touches
    assert spend_source(source="google", medium="cpc", campaign="Brand", campaign_id="Ab1").has_touches


@pytest.mark.django_db
def test_an_assigned_number_is_phone_unless_known_better() -> None:
    assert assigned_source(source="Car park sign").channel == "Phone"
    assert assigned_source(source="A1 road", medium="billboard").channel == "Offline"
    assert assigned_source(source="2gis", medium="card").channel == "Maps"
    assert assigned_source(channel="Partners", source="Anna").channel == "Partners"


@pytest.mark.django_db
def test_typed_text_is_cut_and_cleaned() -> None:
    source = assigned_source(channel="c" * 99, source="s\0" * 300, campaign="\ud800" + "x" * 300)
    assert (len(source.channel), len(source.source), len(source.campaign)) == (60, 255, 255)


@pytest.mark.django_db
def test_unknown_and_unmatched_are_rows_like_any_other() -> None:
    assert unknown_source() == unknown_source()
    assert unknown_source().channel == "(unknown)"
    assert unmatched_source().channel == "(unmatched)"
    assert unknown_source() != unmatched_source()


@pytest.mark.django_db(transaction=True)
def test_a_known_source_costs_no_query(django_assert_num_queries: Callable[..., Any]) -> None:
    known = source_id_for(MARKER)
    with django_assert_num_queries(0):
        assert source_id_for(MARKER) == known


@pytest.mark.django_db(transaction=True)
def test_a_row_that_was_rolled_back_is_not_remembered() -> None:
    with transaction.atomic():
        source_id_for(MARKER)
        source_id_for(MARKER)
        transaction.set_rollback(True)
    assert not Source.objects.exists()
    assert Source.objects.filter(pk=source_id_for(MARKER)).exists()


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_make_one_row() -> None:
    ids: list[int] = []
    start = threading.Barrier(2)

    def write() -> None:
        start.wait()
        ids.append(source_for(MARKER).pk)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert Source.objects.count() == 1
