"""Phone numbers as people write them, read as they would be dialled."""

import phonenumbers


def e164(text: str, region: str) -> str:
    """The number in E.164, read as dialled in the region (two letters, may be empty); "" if it is none.

    A number with + needs only a possible length: numbering plans grow faster than any library's tables.
    00 is read as + where the region's own plan makes no number of it.
    """
    bare = text.lstrip("( ")
    number = _parsed(text, region, loosely=bare.startswith("+")) or _parsed(f"+{text}", "", loosely=False)
    if number is None and bare.startswith("00"):
        number = _parsed(f"+{bare.removeprefix('00').lstrip(') ')}", "", loosely=True)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if number else ""


def _parsed(text: str, region: str, *, loosely: bool) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    is_good = phonenumbers.is_possible_number if loosely else phonenumbers.is_valid_number
    return number if is_good(number) else None
