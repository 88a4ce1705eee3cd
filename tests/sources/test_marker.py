"""What a landing URL and a referrer say: tables of cases."""

import dataclasses
from urllib.parse import quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadtrack.sources.listed import ga4_lists
from leadtrack.sources.marker import Marker, parse_marker

PAGE = "https://shop.example/catalog"


def words(url: str, referrer: str = "", **options: object) -> tuple[str, str]:
    marker = parse_marker(url, referrer, **options)  # type: ignore[arg-type]
    return marker.source, marker.medium


@pytest.mark.parametrize(
    ("query", "source", "medium"),
    [
        ("utm_source=Google&utm_medium=CPC", "google", "cpc"),
        ("utm_source=fb&utm_medium=cpc", "facebook", "cpc"),
        ("utm_source=m.facebook.com&utm_medium=social", "facebook", "social"),
        ("utm_source=www.VK.com&utm_medium=post", "vk.com", "post"),
        ("utm_source=ya&utm_medium=cpc", "yandex", "cpc"),
        ("utm_source=yandex.ru&utm_medium=cpc", "yandex", "cpc"),
        ("utm_source=google.co.uk&utm_medium=organic", "google", "organic"),
        ("utm_source=telegram&utm_medium=post", "t.me", "post"),
        ("utm_source=direct&utm_medium=cpc", "yandex", "cpc"),
        ("utm_source=direct&utm_medium=flyer", "direct", "flyer"),
        ("utm_source=%20%20Big%20%20%20Shop%09News&utm_medium=e+mail", "big shop news", "e mail"),
        ("utm_source=cafe%CC%81&utm_medium=x", "caf\u00e9", "x"),
        ("utm_source=google&utm_medium=%D1%81pc", "google", "cpc"),
        ("utm_source=google&utm_medium=%D1%81%D1%80%D1%81", "google", "cpc"),
        ("utm_source=list&utm_medium=%D1%81%D0%BC%D1%81", "list", "sms"),
        ("utm_source=list&utm_medium=%D0%B0%D0%BA%D1%86%D0%B8%D1%8F", "list", "акция"),
        ("utm_source=go%E2%80%8Bogle&utm_medium=cpc", "google", "cpc"),
        ("mtm_source=partner&mtm_medium=link", "partner", "link"),
        ("pk_source=partner&pk_medium=link", "partner", "link"),
        ("pk_source=late&utm_source=early&utm_medium=x", "early", "x"),
        ("utm_source=&utm_source=second&utm_medium=x&utm_medium=y", "second", "x"),
        ("utm_source={src}&utm_source=second", "second", ""),
        ("UTM_SOURCE=partner&Utm_Medium=link", "partner", "link"),
        ("a=1&amp;utm_source=partner&amp;utm_medium=link", "partner", "link"),
        ("a=1?utm_source=partner;utm_medium=link", "partner", "link"),
        ("utm_campaign=only", "(not set)", ""),
        ("utm_medium=email", "(not set)", "email"),
        ("unrelated=1", "(direct)", "(none)"),
        ("", "(direct)", "(none)"),
    ],
)
def test_tags_name_source_and_medium(query: str, source: str, medium: str) -> None:
    assert words(f"{PAGE}?{query}") == (source, medium)


@pytest.mark.parametrize(
    ("tag", "field"),
    [
        ("utm_campaign", "campaign"),
        ("utm_id", "campaign_id"),
        ("gad_campaignid", "campaign_id"),
        ("mtm_cid", "campaign_id"),
        ("mtm_group", "adgroup"),
        ("lt_ag", "adgroup_id"),
        ("utm_content", "content"),
        ("lt_ad", "ad_id"),
        ("utm_term", "term"),
        ("pk_kwd", "term"),
        ("utm_source_platform", "source_platform"),
        ("utm_creative_format", "creative_format"),
        ("utm_marketing_tactic", "marketing_tactic"),
    ],
)
def test_every_tag_fills_its_field_and_keeps_its_case(tag: str, field: str) -> None:
    assert getattr(parse_marker(f"{PAGE}?{tag}=Aa%20Bb", ""), field) == "Aa Bb"


@pytest.mark.parametrize(
    "value",
    [
        *(
            "%7Bkeyword%7D",
            "{keyword}",
            "{{ad.id}}",
            "a_{x}_b",
            "__CAMPAIGN_ID__",
            "%%ad_id%%",
            "%25%25x%25%25",
        ),
        *("none", "NULL", "undefined", "(not+set)"),
    ],
)
def test_an_unfilled_macro_is_nothing(value: str) -> None:
    marker = parse_marker(f"{PAGE}?utm_source=google&utm_campaign={value}", "")
    assert (marker.campaign, marker.flags) == ("", ("macro",))


@pytest.mark.parametrize("name", ["50%25+off", "spring_2026", "a__b", "(none)", "nonesuch"])
def test_what_only_resembles_a_macro_is_a_value(name: str) -> None:
    assert parse_marker(f"{PAGE}?utm_source=google&utm_campaign={name}", "").flags == ()


def test_the_query_wins_over_the_fragment_and_the_fragment_fills_the_rest() -> None:
    marker = parse_marker(f"{PAGE}?utm_source=one#/page?utm_source=two&utm_medium=cpc&gclid=X", "")
    assert (marker.source, marker.medium, marker.click_ids) == ("one", "cpc", (("gclid", "X"),))


def test_numbers_in_campaign_and_content_are_ids_too() -> None:
    marker = parse_marker(
        f"{PAGE}?utm_source=ya&utm_campaign=70123456&utm_content=15123456789&utm_term=2026", ""
    )
    assert (marker.campaign, marker.campaign_id, marker.ad_id) == ("70123456", "70123456", "15123456789")
    assert parse_marker(f"{PAGE}?utm_source=ya&utm_campaign=2026", "").campaign_id == ""


@pytest.mark.parametrize(
    ("query", "source", "medium"),
    [
        ("gclid=Cj0K", "google", "cpc"),
        ("gbraid=0A", "google", "cpc"),
        ("wbraid=0B", "google", "cpc"),
        ("gad_source=1", "google", "cpc"),
        ("dclid=C", "dfa", "cpm"),
        ("yclid=12345678901234567890", "yandex", "cpc"),
        ("msclkid=ab", "bing", "cpc"),
        ("ttclid=E.C", "tiktok", "paid"),
        ("rb_clickid=1", "vk.com", "cpc"),
        ("li_fat_id=u", "linkedin", "cpc"),
        ("twclid=t", "twitter", "cpc"),
        ("ScCid=t", "snapchat", "cpc"),
    ],
)
def test_a_click_id_alone_is_a_paid_touch_in_spite_of_the_referrer(
    query: str, source: str, medium: str
) -> None:
    assert words(f"{PAGE}?{query}", "https://news.example.org/article") == (source, medium)


@pytest.mark.parametrize(
    ("query", "referrer", "source", "medium"),
    [
        ("fbclid=IwAR", "", "facebook", "social"),
        ("fbclid=IwAR", "https://l.instagram.com/", "instagram", "referral"),
        ("fbclid=IwAR", "https://blog.example.org/", "facebook", "social"),
        ("igshid=a", "", "instagram", "social"),
        ("ysclid=l1", "", "yandex", "organic"),
        ("ysclid=l1", "https://yandex.ru/", "yandex", "organic"),
        ("srsltid=l1", "https://www.google.com/", "google", "organic"),
        ("roistat=1", "https://blog.example.org/", "blog.example.org", "referral"),
        ("roistat=1", "", "(direct)", "(none)"),
    ],
)
def test_a_click_id_of_organic_clicks_is_no_paid_touch(
    query: str, referrer: str, source: str, medium: str
) -> None:
    assert words(f"{PAGE}?{query}", referrer) == (source, medium)


def test_labels_name_and_a_click_id_fills_what_they_leave_open() -> None:
    assert words(f"{PAGE}?gclid=a&utm_source=adwords") == ("google", "cpc")
    assert words(f"{PAGE}?gclid=a&utm_campaign=spring") == ("google", "cpc")
    assert words(f"{PAGE}?gclid=a&utm_source=newsletter&utm_medium=email") == ("newsletter", "email")


@pytest.mark.parametrize(
    "label",
    [
        "ZGlyZWN0LnlhbmRleC5ydTsxMjM0NTY7Nzg5O3lhbmRleC5ydTpwcmVtaXVt",
        "direct.yandex.ru;123456;789;yandex.ru:premium",
    ],
)
def test_openstat_is_read_encoded_or_plain_and_yields_to_utm(label: str) -> None:
    marker = parse_marker(f"{PAGE}?_openstat={label}", "")
    assert (marker.source, marker.medium, marker.campaign, marker.content) == (
        "yandex",
        "cpc",
        "123456",
        "789",
    )
    assert words(f"{PAGE}?_openstat={label}&utm_source=vk&utm_medium=post") == ("vk.com", "post")
    assert words(f"{PAGE}?_openstat=rubbish") == ("(direct)", "(none)")


@pytest.mark.parametrize(
    ("referrer", "source", "medium"),
    [
        ("https://www.google.com/", "google", "organic"),
        ("https://www.google.co.uk/search?q=x", "google", "organic"),
        ("android-app://com.google.android.googlequicksearchbox/", "google", "organic"),
        ("google.com", "google", "organic"),
        ("https://yandex.ru/search/?text=x", "yandex", "organic"),
        ("https://ya.ru/", "yandex", "organic"),
        ("https://yandex.ru/maps/org/1", "yandex maps", "maps"),
        ("https://mail.yandex.ru/", "yandex mail", "email"),
        ("https://dzen.ru/a/x", "dzen.ru", "referral"),
        ("https://away.vk.com/away.php", "vk.com", "referral"),
        ("https://m.vk.com/", "vk.com", "referral"),
        ("https://vk.ru/", "vk.com", "referral"),
        ("android-app://com.vkontakte.android/", "vk.com", "referral"),
        ("https://ok.ru/", "odnoklassniki.ru", "referral"),
        ("https://t.me/", "t.me", "referral"),
        ("https://web.telegram.org/k/", "t.me", "referral"),
        ("android-app://org.telegram.messenger/", "t.me", "referral"),
        ("https://l.facebook.com/l.php", "facebook", "referral"),
        ("https://youtu.be/x", "youtube", "referral"),
        ("https://chatgpt.com/", "chatgpt.com", "ai-assistant"),
        ("https://gemini.google.com/app", "gemini.google.com", "ai-assistant"),
        ("https://x.com/i/grok?c=1", "grok.com", "ai-assistant"),
        ("https://x.com/somebody", "twitter", "referral"),
        ("https://mail.google.com/mail/u/0", "gmail", "email"),
        ("https://webmail2.firm.example/", "webmail2.firm.example", "email"),
        ("https://invite.viber.com/", "viber", "messenger"),
        ("https://2gis.ru/moscow", "2gis.ru", "maps"),
        ("https://docs.google.com/", "docs.google.com", "referral"),
        ("https://user:pw@WWW.Blog.Example.org:8080/x", "blog.example.org", "referral"),
        ("https://notgoogle.com/", "notgoogle.com", "referral"),
        ("https://google.com.evil.example/", "google.com.evil.example", "referral"),
        ("https://yookassa.ru/checkout", "(direct)", "(none)"),
        ("https://hooks.stripe.com/3ds", "(direct)", "(none)"),
        ("https://shop.example/cart", "(direct)", "(none)"),
        ("https://www.shop.example/cart", "(direct)", "(none)"),
        ("http://localhost:8000/", "(direct)", "(none)"),
        ("not a url", "(direct)", "(none)"),
        ("about:blank", "(direct)", "(none)"),
    ],
)
def test_a_referrer_names_source_and_medium(referrer: str, source: str, medium: str) -> None:
    assert words(PAGE, referrer) == (source, medium)


def test_own_hosts_and_their_subdomains_are_no_source() -> None:
    assert words(PAGE, "https://blog.firm.example/", own_hosts=["www.Firm.example"]) == ("(direct)", "(none)")
    assert words(PAGE, "https://otherfirm.example/", own_hosts=["firm.example"]) == (
        "otherfirm.example",
        "referral",
    )


def test_a_lost_referrer_is_taken_from_the_url() -> None:
    assert words(f"{PAGE}?utm_referrer=https%3A%2F%2Fyandex.ru%2F") == ("yandex", "organic")


def test_hosts_and_path_are_kept() -> None:
    marker = parse_marker("https://WWW.Shop.example:443/a/b?x=1#y", "https://www.google.de/")
    assert (marker.landing_host, marker.landing_path, marker.referrer_host) == (
        "shop.example",
        "/a/b",
        "google.de",
    )
    assert parse_marker("/a/b?utm_source=x", "").landing_path == "/a/b"


@pytest.mark.parametrize(
    ("query", "flag"),
    [
        (f"utm_source={'x' * 300}", "cut"),
        (f"utm_source=a&utm_id={'9' * 101}", "cut"),
        (f"utm_source=a&gclid={'g' * 1025}", "cut"),
        ("utm_source=a%FF%FEb", "broken"),
        ("utm_source=a\ud800b", "broken"),
        ("utm_source=a%00b", "nul"),
        ("utm_source=a%07b", "control"),
        ("utm_source=a%E2%80%AEb", "control"),
        ("utm_source=a&x=" + "y" * 70_000, "cut"),
    ],
)
def test_what_is_too_long_or_broken_is_mended_and_flagged(query: str, flag: str) -> None:
    marker = parse_marker(f"{PAGE}?{query}", "")
    assert flag in marker.flags
    assert_fits(marker)


@pytest.mark.parametrize("kind", sorted(ga4_lists()))
def test_folding_names_never_changes_the_kind_google_publishes(kind: str) -> None:
    # Two sources Google files under search: Dzen is a feed and Rambler's and Yandex' mail are mail.
    moved = {"zen.yandex.ru", "mail.rambler.ru", "mail.yandex.ru"}
    for name in ga4_lists()[kind] - moved:
        source = parse_marker(f"{PAGE}?utm_source={quote_plus(name)}", "").source
        assert source in ga4_lists()[kind], name


mangled = st.text(
    st.one_of(st.sampled_from("&?#;=%/:.@[]{}+ \\\0\n\ud800ёßİ"), st.characters(codec=None)), max_size=60
)


@settings(max_examples=300, deadline=None)
@given(mangled, mangled, mangled)
@example("https://[::1", "//", "[")
@example("http://[", "http://[x]:bad", "%")
def test_it_never_raises_and_always_fits(url: str, referrer: str, own: str) -> None:
    assert_fits(parse_marker(url, referrer, own_hosts=[own]))


click_id = st.text(st.sampled_from("abcXYZ0189-_"), min_size=1, max_size=80).filter(
    lambda text: text.lower() not in {"none", "null"} and not text.startswith("__")
)


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(["gclid", "yclid", "fbclid", "msclkid", "ScCid", "rb_clickid", "wbraid"]),
    value=click_id,
    before=mangled.filter(lambda text: "clid" not in text),
    separator=st.sampled_from(["?", "&", "#", "#?", "#/page?", "?&", "&amp;", ";", "?utm_source=a%ZZ&"]),
    after=mangled,
)
def test_a_click_id_is_never_lost(name: str, value: str, before: str, separator: str, after: str) -> None:
    marker = parse_marker(f"https://shop.example/{before}{separator}{name}={value}&{after}", "")
    assert dict(marker.click_ids)[name] == value


def assert_fits(marker: Marker) -> None:
    for field in dataclasses.fields(marker):
        value = getattr(marker, field.name)
        texts = [value] if isinstance(value, str) else [str(part) for part in value]
        for text in texts:
            assert "\0" not in text
            text.encode()
        if isinstance(value, str):
            assert len(value) <= (100 if field.name in {"campaign_id", "adgroup_id", "ad_id"} else 255)
    assert all(len(value) <= 1024 for _, value in marker.click_ids)
    assert marker.source
