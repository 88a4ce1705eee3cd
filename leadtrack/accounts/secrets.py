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


class EncryptedTextField(models.TextField):
    """Text that only LeadTrack can read: encrypted by the first of LEADTRACK_FIELD_KEYS, read by any."""

    def get_prep_value(self, value: Any) -> Any:
        return _current_box().encrypt(str(value).encode()).decode() if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return _current_box().decrypt(value.encode()).decode() if value else value
