from typing import ClassVar

from django.db import models


class Contact(models.Model):
    objects: ClassVar[models.Manager["Contact"]] = models.Manager()

    phone = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.phone


class Source(models.Model):
    objects: ClassVar[models.Manager["Source"]] = models.Manager()

    utm_source = models.CharField(max_length=200, blank=True)
    utm_medium = models.CharField(max_length=200, blank=True)
    utm_campaign = models.CharField(max_length=200, blank=True)

    class Meta:
        unique_together: ClassVar = [("utm_source", "utm_medium", "utm_campaign")]

    def __str__(self) -> str:
        return f"{self.utm_source} / {self.utm_medium} / {self.utm_campaign}"


class Lead(models.Model):
    objects: ClassVar[models.Manager["Lead"]] = models.Manager()

    contact = models.ForeignKey(Contact, models.PROTECT)
    source = models.ForeignKey(Source, models.PROTECT)
    message = models.TextField(blank=True)
    page_url = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.contact} {self.created_at}"
