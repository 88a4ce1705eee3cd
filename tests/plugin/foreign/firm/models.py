from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class Employee(AbstractBaseUser, PermissionsMixin):
    """Known by a badge, without the names and e-mail that Django's own user has."""

    badge = models.CharField(max_length=20, unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "badge"
    objects = BaseUserManager()
