"""Languages in which a carrier's voice can read a text, by their own names."""

from typing import Final

LANGUAGES: Final = (
    ("en-US", "English (US)"),
    ("en-GB", "English (UK)"),
    ("ru-RU", "Русский"),
    ("cs-CZ", "Čeština"),
    ("da-DK", "Dansk"),
    ("de-DE", "Deutsch"),
    ("es-ES", "Español"),
    ("es-MX", "Español (México)"),
    ("fr-FR", "Français"),
    ("it-IT", "Italiano"),
    ("lv-LV", "Latviešu"),
    ("nl-NL", "Nederlands"),
    ("nb-NO", "Norsk"),
    ("pl-PL", "Polski"),
    ("pt-BR", "Português (Brasil)"),
    ("pt-PT", "Português"),
    ("ro-RO", "Română"),
    ("fi-FI", "Suomi"),
    ("sv-SE", "Svenska"),
    ("tr-TR", "Türkçe"),
    ("uk-UA", "Українська"),
    ("he-IL", "עברית"),
    ("ar-XA", "العربية"),
    ("hi-IN", "हिन्दी"),
    ("ja-JP", "日本語"),
    ("ko-KR", "한국어"),
    ("zh-CN", "中文"),
)


def language_like(code: str) -> str:
    """The spoken language for a language of our pages: "ru" is "ru-RU"; English for one that is not here."""
    begins = code.split("-", maxsplit=1)[0].lower()
    return next((known for known, _name in LANGUAGES if known.lower().split("-")[0] == begins), "en-US")
