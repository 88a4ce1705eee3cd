"""Secrets at rest: a text field that is ciphertext in the database."""

import base64
import hashlib
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _box(keys: tuple[str, ...], fallback: str) -> MultiFernet:
    # Outside production no key need be set: one is made of SECRET_KEY.
    made = base64.urlsafe_b64encode(hashlib.sha256(b"leadtrack-fields:" + fallback.encode()).digest())
    return MultiFernet([Fernet(key) for key in keys] or [Fernet(made)])


def _current_box() -> MultiFernet:
    return _box(tuple(getattr(settings, "LEADTRACK_FIELD_KEYS", ())), settings.SECRET_KEY)


def seal(text: str) -> str:
    """The text as only LeadTrack can read it: ASCII, by the first of LEADTRACK_FIELD_KEYS."""
    return _current_box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What `seal` was given, by any of the keys. Raises cryptography's InvalidToken."""
    return _current_box().decrypt(sealed.encode()).decode()


class EncryptedTextField(models.TextField):
    """Text that only LeadTrack can read: encrypted by the first of LEADTRACK_FIELD_KEYS, read by any."""

    def get_prep_value(self, value: Any) -> Any:
        return seal(str(value)) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return unseal(value) if value else value
