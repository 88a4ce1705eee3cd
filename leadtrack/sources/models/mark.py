from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class DirtyMark(models.Model):
    """Something changed that the books must follow: a day, or everything about one contact.

    It lives in this room because every room whose changes move the books stands above it. Rows are only
    ever inserted (in the transaction of the change) and deleted by the booking that read them, so two
    writers never wait for each other and no change is lost between reading and booking.
    """

    day = models.DateField(null=True, db_index=True)
    contact_id = models.BigIntegerField(null=True, db_index=True)
    marked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("day to book")
        verbose_name_plural = _("days to book")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(day__isnull=False) | models.Q(contact_id__isnull=False),
                name="lt_dirty_mark_names_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day or ''}{self.contact_id or ''}"
