"""Answering with a part of a file, as players of sound ask for it (RFC 9110, section 14)."""

import re
from collections.abc import Iterator
from typing import IO, Final

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_CHUNK: Final = 64 * 1024


def ranged(file: IO[bytes], *, size: int, asked: str, content_type: str) -> HttpResponseBase:
    """The file, or the one range of it that the Range header `asked` for; 416 for one that is not in it.

    Several ranges, or a header that cannot be read, get the whole file. The file is closed at the end.
    """
    told = _RANGE.fullmatch(asked.strip())
    if told is None or told.groups() == ("", ""):
        return _part(file, 0, size, content_type)
    first, last = _bounds(told[1], told[2], size)
    if first >= size or last < first:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = _part(file, first, last - first + 1, content_type)
    response.status_code = 206
    response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return (size if int(last) == 0 else max(size - int(last), 0)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _part(file: IO[bytes], start: int, length: int, content_type: str) -> StreamingHttpResponse:
    file.seek(start)
    response = StreamingHttpResponse(_chunks(file, length), content_type=content_type)
    response.headers["Content-Length"] = str(length)
    response.headers["Accept-Ranges"] = "bytes"
    return response


def _chunks(file: IO[bytes], length: int) -> Iterator[bytes]:
    with file:
        while length > 0 and (chunk := file.read(min(_CHUNK, length))):
            length -= len(chunk)
            yield chunk
