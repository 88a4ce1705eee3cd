"""Pictures of ads: only what really is one is kept, made anew by us, without what a phone wrote into it."""

import warnings
from io import BytesIO
from typing import IO, Final

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_BYTES: Final = 8 * 1024 * 1024
_LARGEST_PIXELS: Final = 40_000_000
_LONGEST_SIDE: Final = 1600
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")


class PictureError(ValueError):
    """Why a file cannot be kept as a picture, in words for the person who sent it."""


def cleaned_picture(file: IO[bytes], size: int) -> "ContentFile[bytes]":
    """The picture as a JPEG of at most 1600 pixels a side, upright, with nothing but its pixels.

    Raises PictureError. The file's own name and bytes are never kept.
    """
    if size > LARGEST_BYTES:
        raise PictureError(_("The picture is larger than 8 MB. Make it smaller and try again."))
    try:
        with warnings.catch_warnings():
            # A picture just under the limit of a bomb is one for us.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _encoded(file)
    except (
        *(UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning),
        *(OSError, ValueError, SyntaxError, OverflowError, EOFError, IndexError),
    ) as problem:
        if isinstance(problem, PictureError):
            raise
        raise PictureError(_("This is no picture that we can read. Send a JPEG, PNG or WebP.")) from problem


def _encoded(file: IO[bytes]) -> "ContentFile[bytes]":
    with Image.open(file, formats=_FORMATS) as opened:
        if opened.width * opened.height > _LARGEST_PIXELS:
            raise PictureError(
                _("The picture has more than 40 million pixels. Make it smaller and try again.")
            )
        opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
        upright = ImageOps.exif_transpose(opened).convert("RGBA")
        upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    paper = Image.new("RGB", upright.size, "white")
    paper.paste(upright, mask=upright.getchannel("A"))
    out = BytesIO()
    paper.save(out, "JPEG", quality=85, optimize=True)
    return ContentFile(out.getvalue())
