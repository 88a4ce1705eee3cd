from datetime import date

import pytest

from leadtrack.reports.question import QuestionError, read_question

TODAY = date(2026, 3, 10)


def test_nothing_asked_means_the_last_thirty_days() -> None:
    question = read_question({}, today=TODAY)
    assert (question.period.first, question.period.last) == (date(2026, 2, 9), TODAY)
    assert (question.model, question.clock) == ("last_non_direct", "cohort")
    assert question.by == ("channel", "source", "campaign")


def test_an_empty_campaign_is_a_scope_and_a_missing_one_is_not() -> None:
    assert read_question({"campaign": ""}, today=TODAY).scope == (("campaign", ""),)
    assert read_question({}, today=TODAY).scope == ()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"from": "2026-03-11"}, "to"),
        ({"from": "0001-01-01"}, "from"),
        ({"by": "keyword"}, "by"),
        ({"by": ","}, "by"),
        ({"model": "guess"}, "model"),
        ({"clock": "cuckoo"}, "clock"),
        ({"from": "2026-03-01\x00"}, "from"),
    ],
)
def test_a_question_that_cannot_be_answered_names_its_field(asked: dict[str, str], field: str) -> None:
    with pytest.raises(QuestionError) as error:
        read_question(asked, today=TODAY)
    assert error.value.field == field
    assert error.value.message


def test_a_question_survives_its_own_query_string() -> None:
    from django.http import QueryDict

    asked = {
        "from": "2026-01-01",
        "to": "2026-01-31",
        "channel": "Paid & Search",
        "source": "",
        "model": "first",
    }
    question = read_question(asked, today=TODAY)
    assert read_question(QueryDict(question.query).dict(), today=TODAY) == question
