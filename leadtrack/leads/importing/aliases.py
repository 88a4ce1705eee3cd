# ruff: noqa: E501 (tables are easier to read in long lines)
"""Names that columns have in the exports of forms, CRMs and spreadsheets. Data; case, "-", "_" and ё do not count."""

from typing import Final

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "name": (
        "name", "full name", "fullname", "contact", "contact name", "client", "customer", "lead name", "your name",
        "имя", "фио", "ф.и.о.", "ф. и. о.", "клиент", "контакт", "имя клиента", "контактное лицо", "полное имя",
        "имя контакта",
    ),
    "first_name": ("first name", "firstname", "given name"),
    "last_name": ("last name", "lastname", "surname", "family name", "фамилия"),
    "phone": (
        "phone", "phone number", "tel", "telephone", "mobile", "mobile phone", "cell", "work phone", "phone 1",
        "телефон", "номер телефона", "тел", "тел.", "мобильный", "мобильный телефон", "рабочий телефон", "номер",
        "телефон клиента", "контактный телефон", "telefon", "handy",
    ),
    "email": ("email", "e mail", "mail", "email address", "work email", "почта", "эл. почта", "электронная почта",
              "емейл", "имейл", "e mail клиента", "адрес эл. почты"),
    "message": ("message", "comment", "comments", "note", "notes", "enquiry", "inquiry", "question", "request",
                "description", "text", "сообщение", "комментарий", "примечание", "вопрос", "текст", "описание",
                "заметка", "текст заявки", "комментарии"),
    "date": ("date", "datetime", "date and time", "created", "created at", "created time", "date created",
             "create date", "submitted", "submitted at", "timestamp", "received", "captured at", "lead date",
             "дата", "дата и время", "дата создания", "создан", "дата заявки", "дата обращения", "время создания",
             "дата создания сделки", "datum", "sent"),
    "time": ("time", "время"),
    "utm_source": ("utm source", "source", "lead source", "traffic source", "source name", "источник",
                   "источник трафика", "источник сделки", "рекламный источник", "откуда узнали", "how did they find us"),
    "utm_medium": ("utm medium", "medium", "source type", "тип трафика", "канал трафика"),
    "utm_campaign": ("utm campaign", "campaign", "campaign name", "кампания", "рекламная кампания",
                     "название кампании"),
    "utm_content": ("utm content", "content", "ad", "ad name", "объявление"),
    "utm_term": ("utm term", "term", "keyword", "ключевое слово", "ключевая фраза", "поисковый запрос"),
    "utm_id": ("utm id", "campaign id", "id кампании", "номер кампании"),
    "channel": ("channel", "канал"),
    "page_url": ("page", "url", "page url", "page address", "landing", "landing page", "landing url", "referer page",
                 "страница", "адрес страницы", "посадочная страница", "ссылка", "страница заявки"),
    "referrer": ("referrer", "referer", "реферер", "referrer url"),
    "external_id": ("id", "lead id", "external id", "deal id", "request id", "submission id", "номер заявки",
                    "номер сделки", "id сделки", "id заявки", "id лида", "record id", "tranid"),
    # What our own list of errors adds to a file.
    "skip": ("leadtrack: line", "leadtrack: column", "leadtrack: reason"),
}  # fmt: skip
