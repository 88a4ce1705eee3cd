from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from leadtrack.deals.log import log_lost, log_purchase, log_refund, log_won
from leadtrack.deals.models import Deal, Purchase
from leadtrack.deals.outcome import TOO_MUCH_CENTS, OutcomeError, Payment, check_payment
from leadtrack.deals.undo import close_again, reopen, restore_purchase, set_lead_status, void_purchase
from leadtrack.leads.models import Lead
from leadtrack.sources.models import DirtyMark
from tests import make

DAY = date(2026, 3, 11)
NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)


def won(deal: Deal, **fields: Any) -> Purchase:
    said = {
        "revenue_cents": 10_000,
        "cost_cents": 4_000,
        "currency": "EUR",
        "paid_on": DAY,
        "submission_key": "k1",
    }
    return log_won(**{"deal": deal, "by": None, "at": NOW} | said | fields)


def again(deal: Deal, key: str, cents: int = 5_000, **fields: Any) -> Purchase:
    said = {"revenue_cents": cents, "currency": "EUR", "paid_on": DAY, "by": None, "at": NOW}
    return log_purchase(deal=deal, submission_key=key, **said | fields)


def refunded(deal: Deal, key: str, cents: int, **fields: Any) -> Purchase:
    said = {"amount_cents": cents, "currency": "EUR", "paid_on": DAY, "by": None, "at": NOW}
    return log_refund(deal=deal, submission_key=key, **said | fields)


def now(deal: Deal) -> Deal:
    return Deal.objects.get(pk=deal.pk)


def kinds(deal: Deal) -> list[str]:
    return list(deal.events.values_list("kind", flat=True))


def marked_by(change: Callable[[], object]) -> set[date]:
    DirtyMark.objects.all().delete()
    change()
    return set(DirtyMark.objects.values_list("day", flat=True))


GOOD = {"revenue_cents": 1, "cost_cents": 0, "currency": "EUR", "paid_on": DAY}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"revenue_cents": 0}, "amount"),
        ({"revenue_cents": -5}, "amount"),
        ({"revenue_cents": TOO_MUCH_CENTS}, "amount"),
        ({"cost_cents": -1}, "cost"),
        ({"cost_cents": TOO_MUCH_CENTS}, "cost"),
        ({"currency": "EU"}, "currency"),
        ({"currency": "XQQ"}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"paid_on": date(1999, 12, 31)}, "paid_on"),
        ({"paid_on": DAY + timedelta(days=1)}, "paid_on"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_money_that_cannot_be_is_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(OutcomeError) as caught:
        check_payment(Payment(**GOOD | wrong), today=DAY)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "right", [{}, {"paid_on": date(2000, 1, 1)}, {"revenue_cents": TOO_MUCH_CENTS - 1}, {"currency": "JPY"}]
)
def test_money_that_can_be_is_taken(right: dict[str, Any]) -> None:
    assert check_payment(Payment(**GOOD | right), today=DAY) is None


@pytest.mark.django_db
class TestWon:
    def test_it_closes_the_deal_with_its_first_money(self) -> None:
        seller, deal = make.member("sales"), make.deal()
        purchase = won(deal, by=seller.user, currency="eur", note=" paid in cash ")
        assert (purchase.kind, purchase.revenue_cents, purchase.margin_cents) == ("first", 10_000, 6_000)
        assert (purchase.currency, purchase.note, purchase.logged_by) == ("EUR", "paid in cash", seller.user)
        assert (now(deal).is_won, now(deal).closed_on, now(deal).lead.status) == (True, DAY, "accepted")

    def test_a_lead_that_nobody_had_belongs_to_who_closed_it(self) -> None:
        seller, other = make.member("sales"), make.member("sales")
        mine, taken = make.deal(), make.deal(owner=other.user)
        won(mine, by=seller.user)
        won(taken, by=seller.user)
        assert (now(mine).owner, now(taken).owner) == (seller.user, other.user)

    def test_a_double_click_is_one_purchase(self) -> None:
        deal = make.deal()
        assert won(deal) == won(deal)
        assert (Purchase.objects.count(), kinds(deal)) == (1, ["won"])

    def test_one_key_sent_for_two_deals_is_two_purchases(self) -> None:
        assert won(make.deal()) != won(make.deal())

    def test_two_people_close_it_once(self) -> None:
        deal = make.deal()
        seen_by_other = now(deal)
        won(deal, submission_key="first")
        with pytest.raises(OutcomeError) as caught:
            won(seen_by_other, submission_key="second")
        assert (caught.value.code, Purchase.objects.count()) == ("already_won", 1)

    def test_a_lost_deal_is_reopened_first(self) -> None:
        deal = make.deal(group="lost")
        with pytest.raises(OutcomeError, match="Reopen it first"):
            won(deal)

    def test_a_lead_set_aside_is_taken_back_first(self) -> None:
        with pytest.raises(OutcomeError, match="set aside"):
            won(make.deal(group="not_counted"))

    def test_today_is_the_day_of_the_site(self) -> None:
        east = make.site(time_zone="Asia/Vladivostok")
        late = datetime(2026, 3, 11, 15, tzinfo=UTC)
        purchase = won(make.deal(of=make.lead(on=east)), paid_on=date(2026, 3, 12), at=late)
        assert purchase.paid_on == date(2026, 3, 12)
        with pytest.raises(OutcomeError, match="future"):
            won(make.deal(), paid_on=date(2026, 3, 12), at=late)

    def test_it_marks_the_days_of_lead_and_money(self) -> None:
        deal = make.deal()
        assert marked_by(lambda: won(deal)) == {deal.lead.day, DAY}

    def test_a_failed_one_leaves_nothing(self) -> None:
        with pytest.raises(OutcomeError):
            won(make.deal(), revenue_cents=0)
        assert (Purchase.objects.count(), DirtyMark.objects.count()) == (0, 0)


@pytest.mark.django_db
class TestLost:
    def lost(self, deal: Deal, **fields: Any) -> Deal:
        said = {"reason": make.loss_reason(), "lost_on": DAY, "by": None, "at": NOW}
        return log_lost(deal=deal, **said | fields)

    def test_it_closes_the_deal_with_a_reason(self) -> None:
        deal = make.deal()
        assert marked_by(lambda: self.lost(deal)) == {deal.lead.day, DAY}
        assert (now(deal).is_lost, str(now(deal).loss_reason), now(deal).closed_on) == (True, "Too dear", DAY)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"reason": None}, "reason"),
            ({"lost_on": date(1999, 1, 1)}, "lost_on"),
            ({"lost_on": date(2026, 3, 13)}, "lost_on"),
        ],
    )
    def test_it_needs_a_reason_and_a_day_that_was(self, wrong: dict[str, Any], field: str) -> None:
        with pytest.raises(OutcomeError) as caught:
            self.lost(make.deal(), **wrong)
        assert caught.value.field == field

    def test_a_deal_with_money_cannot_be_lost(self) -> None:
        deal = make.deal()
        won(deal)
        reopen(deal=deal, by=None)
        with pytest.raises(OutcomeError, match="Undo the purchases"):
            self.lost(deal)

    def test_losing_twice_says_so(self) -> None:
        deal = make.deal()
        self.lost(deal)
        with pytest.raises(OutcomeError, match="already lost"):
            self.lost(deal)


@pytest.mark.django_db
class TestRepeatAndRefund:
    def test_a_repeat_needs_a_won_deal(self) -> None:
        deal = make.deal()
        with pytest.raises(OutcomeError, match="not won"):
            again(deal, "r1")
        won(deal)
        assert again(deal, "r1") == again(deal, "r1")
        assert list(deal.purchases.order_by("id").values_list("kind", flat=True)) == ["first", "repeat"]

    def test_a_refund_is_negative_and_gives_goods_back(self) -> None:
        deal = make.deal()
        first = won(deal)
        back = refunded(deal, "b1", 2_500, cost_returned_cents=1_000, purchase=first)
        assert (back.kind, back.revenue_cents, back.cost_cents, back.refund_of) == (
            "refund",
            -2_500,
            -1_000,
            first,
        )
        assert refunded(deal, "b1", 2_500) == back

    def test_not_more_goes_back_than_came_in(self) -> None:
        deal = make.deal()
        won(deal)
        refunded(deal, "b1", 9_999)
        with pytest.raises(OutcomeError) as caught:
            refunded(deal, "b2", 2)
        assert caught.value.field == "amount"
        assert refunded(deal, "b3", 1).revenue_cents == -1
        assert now(deal).is_won

    def test_not_more_goods_come_back_than_were_sold(self) -> None:
        deal = make.deal()
        won(deal)
        with pytest.raises(OutcomeError) as caught:
            refunded(deal, "b1", 100, cost_returned_cents=4_001)
        assert caught.value.field == "cost"

    def test_money_goes_back_in_its_own_currency(self) -> None:
        deal = make.deal()
        won(deal)
        with pytest.raises(OutcomeError) as caught:
            refunded(deal, "b1", 100, currency="USD")
        assert caught.value.field == "amount"

    def test_one_purchase_gives_back_no_more_than_itself(self) -> None:
        deal = make.deal()
        first = won(deal)
        again(deal, "r1")
        with pytest.raises(OutcomeError):
            refunded(deal, "b1", 10_001, purchase=first)
        with pytest.raises(OutcomeError) as caught:
            refunded(deal, "b2", 1, purchase=make.purchase(of=make.deal(group="won")))
        assert caught.value.field == "purchase"

    def test_a_voided_purchase_cannot_be_given_back(self) -> None:
        deal = make.deal()
        won(deal)
        void_purchase(purchase=again(deal, "r1"), by=None)
        with pytest.raises(OutcomeError):
            refunded(deal, "b1", 10_001)


@pytest.mark.django_db
class TestTakingBack:
    def test_voiding_the_only_money_reopens_the_deal_and_restoring_it_wins_again(self) -> None:
        deal = make.deal()
        purchase = won(deal)
        assert marked_by(lambda: void_purchase(purchase=purchase, by=None)) == {deal.lead.day, DAY}
        assert (now(deal).is_in_work, now(deal).closed_on) == (True, None)
        assert marked_by(lambda: restore_purchase(purchase=purchase, by=None)) == {deal.lead.day, DAY}
        assert (now(deal).is_won, now(deal).closed_on) == (True, DAY)
        assert kinds(deal) == ["won", "voided", "reopened", "purchase", "won"]

    def test_voiding_one_of_two_leaves_the_deal_won(self) -> None:
        deal = make.deal()
        won(deal)
        repeat = again(deal, "r1")
        void_purchase(purchase=repeat, by=None)
        void_purchase(purchase=repeat, by=None)
        assert now(deal).is_won
        assert kinds(deal).count("voided") == 1

    def test_what_was_refunded_cannot_be_voided_before_its_refund(self) -> None:
        deal = make.deal()
        purchase = won(deal)
        back = refunded(deal, "b1", 100)
        with pytest.raises(OutcomeError, match="Undo the refund first"):
            void_purchase(purchase=purchase, by=None)
        void_purchase(purchase=back, by=None)
        void_purchase(purchase=purchase, by=None)
        with pytest.raises(OutcomeError):
            restore_purchase(purchase=back, by=None)

    def test_money_of_a_deal_lost_since_is_not_restored(self) -> None:
        deal = make.deal()
        purchase = won(deal)
        void_purchase(purchase=purchase, by=None)
        log_lost(deal=deal, reason=make.loss_reason(), lost_on=DAY, by=None)
        with pytest.raises(OutcomeError):
            restore_purchase(purchase=purchase, by=None)
        assert Purchase.objects.get().voided_at is not None

    def test_reopening_keeps_the_money_and_can_be_undone(self) -> None:
        deal = make.deal()
        won(deal)
        assert marked_by(lambda: reopen(deal=deal, by=None)) == {deal.lead.day, DAY}
        assert (now(deal).is_in_work, Purchase.objects.live().count()) == (True, 1)
        assert marked_by(lambda: close_again(deal=deal, by=None)) == {deal.lead.day, DAY}
        assert (now(deal).is_won, now(deal).closed_on) == (True, DAY)

    def test_reopening_a_lost_deal_can_be_undone_with_its_reason(self) -> None:
        deal = make.deal()
        log_lost(deal=deal, reason=make.loss_reason(), lost_on=DAY, by=None)
        reopen(deal=deal, by=None)
        assert now(deal).loss_reason is None
        close_again(deal=deal, by=None)
        assert (now(deal).is_lost, str(now(deal).loss_reason), now(deal).closed_on) == (True, "Too dear", DAY)

    def test_winning_a_reopened_deal_with_money_adds_a_repeat(self) -> None:
        deal = make.deal()
        won(deal)
        reopen(deal=deal, by=None)
        assert won(deal, submission_key="k2").kind == "repeat"

    def test_an_open_deal_cannot_be_reopened_or_closed_again(self) -> None:
        deal = make.deal()
        with pytest.raises(OutcomeError):
            reopen(deal=deal, by=None)
        with pytest.raises(OutcomeError):
            close_again(deal=deal, by=None)


@pytest.mark.django_db
class TestLeadStatus:
    def status(self, lead: Lead, status: str) -> Deal:
        set_lead_status(lead=lead, status=status, by=None)
        lead.refresh_from_db()
        assert lead.status == status
        return Deal.objects.get(lead=lead)

    def test_accepting_moves_a_new_lead_on_and_back(self) -> None:
        lead = make.deal().lead
        assert self.status(lead, "accepted").stage.name == "In work"
        assert self.status(lead, "new").stage.name == "New"

    @pytest.mark.parametrize("aside", ["spam", "rejected"])
    def test_a_lead_set_aside_comes_back_to_work(self, aside: str) -> None:
        lead = make.deal().lead
        assert self.status(lead, aside).stage.group == "not_counted"
        assert self.status(lead, "accepted").stage.group == "in_work"
        assert lead.deal.events.filter(kind="status").count() == 2

    def test_who_takes_leads_gets_one_that_was_spam(self) -> None:
        seller = make.member("sales")
        lead = make.deal(of=make.lead(status="spam"), group="not_counted").lead
        assert self.status(lead, "new").owner == seller.user

    def test_it_marks_the_day_of_the_lead_once(self) -> None:
        lead = make.deal().lead
        assert marked_by(lambda: set_lead_status(lead=lead, status="spam", by=None)) == {lead.day}
        assert marked_by(lambda: set_lead_status(lead=lead, status="spam", by=None)) == set()

    def test_a_lead_that_brought_money_cannot_be_spam(self) -> None:
        deal = make.deal()
        won(deal)
        with pytest.raises(OutcomeError) as caught:
            set_lead_status(lead=deal.lead, status="spam", by=None)
        assert caught.value.field == "status"

    def test_a_lost_deal_stays_lost_when_it_is_called_spam(self) -> None:
        lead = make.deal(group="lost").lead
        assert self.status(lead, "spam").is_lost


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_people_at_the_same_instant_close_it_once() -> None:
    deal, barrier, ends = make.deal(), Barrier(2), []

    def close(key: str) -> None:
        mine = now(deal)
        barrier.wait()
        try:
            ends.append(won(mine, submission_key=key).kind)
        except OutcomeError as error:
            ends.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=close, args=[key]) for key in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["already_won", "first"]
    assert Purchase.objects.count() == 1
