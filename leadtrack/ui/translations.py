"""`python -m leadtrack.ui.translations`: compile, check or collect the texts. Needs no gettext on the host.

(nothing)   compile locale/*/LC_MESSAGES/django.po to .mo where the .po is newer
--check     fail when a text of the code is missing in Russian, or is marked fuzzy
--collect   update the .po files from the code and templates
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("ru",)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    if "--collect" in arguments:
        for language in LANGUAGES:
            _collect(language)
        return 0
    if "--check" in arguments:
        return max([_check(language) for language in LANGUAGES])
    for language in LANGUAGES:
        _compile(language)
    return 0


def po_path(language: str) -> Path:
    """Where the texts of a language are."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def texts_of_the_code() -> Catalog:
    """Every text marked for translation in the package and in the templates, with its places."""
    catalog = Catalog(project="LeadTrack", charset="utf-8")
    for path in sorted([*(ROOT / "leadtrack").rglob("*.py"), *(ROOT / "templates").rglob("*.*")]):
        if "node_modules" in path.parts or "migrations" in path.parts:
            continue
        place = path.relative_to(ROOT).as_posix()
        for line, message, _comments, context in _texts(path):
            catalog.add(message, locations=[(place, line)], context=context)
    return catalog


def _texts(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        if not any(token.token_type is TokenType.BLOCK for token in Lexer(text).tokenize()):
            return
        # Django's own reading of a template as code whose calls can be found; what is left of the markup
        # is only letters, and its indentation means nothing.
        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    yield from extract("python", BytesIO(text.encode()), keywords=KEYWORDS)


def _read(language: str) -> Catalog:
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, project="LeadTrack", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _collect(language: str) -> None:
    catalog = _read(language)
    catalog.update(texts_of_the_code(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = (
        "# LeadTrack's texts. `make messages` collects them, `make check` finds what is missing."
    )
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, no_location=True, omit_header=False)
    print(f"{path.relative_to(ROOT)}: {len(_missing(catalog, catalog))} to translate")  # noqa: T201


def _check(language: str) -> int:
    missing = _missing(texts_of_the_code(), _read(language))
    for message in missing:
        print(f"{language}: no translation of {message!r}", file=sys.stderr)  # noqa: T201
    return 1 if missing else 0


def _missing(wanted: Catalog, have: Catalog) -> list[str]:
    return [str(message.id) for message in wanted if message.id and not _is_translated(message, have)]


def _is_translated(message: Message, catalog: Catalog) -> bool:
    found = catalog.get(message.id, context=message.context)
    if found is None or found.fuzzy or not found.string:
        return False
    return isinstance(found.string, str) or all(found.string)


def _compile(language: str) -> None:
    path = po_path(language)
    compiled = path.with_suffix(".mo")
    if not path.exists() or (compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime):
        return
    with compiled.open("wb") as file:
        write_mo(file, _read(language))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
