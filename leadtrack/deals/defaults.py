"""The stages and reasons that an installation begins with; stored in English, shown in every language."""

from typing import Final

from django.utils.translation import gettext_noop

# (name, group, position); the gaps leave room for a firm's own.
STAGES: Final = (
    (gettext_noop("New"), "in_work", 10),
    (gettext_noop("In work"), "in_work", 20),
    (gettext_noop("Won"), "won", 80),
    (gettext_noop("Lost"), "lost", 90),
    (gettext_noop("Not counted"), "not_counted", 100),
)

LOSS_REASONS: Final = (
    gettext_noop("Too expensive"),
    gettext_noop("Chose another"),
    gettext_noop("No answer"),
    gettext_noop("Not our service"),
    gettext_noop("Changed their mind"),
)
