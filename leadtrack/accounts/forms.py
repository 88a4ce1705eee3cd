from typing import Any

from allauth.account import forms
from django.core.validators import MaxLengthValidator

# What the column of an e-mail address takes; a user name is shorter.
LONGEST_LOGIN = 254


class LoginForm(forms.LoginForm):  # type: ignore[misc]
    """Asks no database for a name that none can have: SQLite refuses a search for a very long one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].validators.append(MaxLengthValidator(LONGEST_LOGIN))
