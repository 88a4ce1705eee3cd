from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from leadtrack.accounts.models import ApiToken, Member
from leadtrack.accounts.tokens import issue_token


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    list_display = ("user", "role", "takes_leads")
    list_filter = ("role",)
    list_select_related = ("user",)
    autocomplete_fields = ("user",)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """The key is shown once, in the message after saving."""

    list_display = ("name", "member", "prefix", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("member__user",)
    readonly_fields = ("prefix", "created_at", "last_used_at")
    fields = ("name", "member", "revoked_at", *readonly_fields)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: object, change: bool) -> None:
        if change:
            obj.save()
            return
        token, key = issue_token(member=obj.member, name=obj.name)
        obj.pk, obj.prefix, obj.key_hash, obj.created_at = (
            token.pk,
            token.prefix,
            token.key_hash,
            token.created_at,
        )
        messages.success(request, _("The token, shown only now: %(key)s") % {"key": key})
