"""A small site around the common face, so that its tests do not wait for any room above it."""

from types import SimpleNamespace

from django import forms as fields
from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from leadtrack.ui import forms, health

PAGE = """{% extends "base.html" %}{% load leadtrack_ui %}
{% block title %}Sources &amp; revenue{% endblock %}
{% block actions %}<a class="btn btn-primary" href="#">{% icon "download" %} CSV</a>{% endblock %}
{% block content %}
<div class="card mb-3"><div class="table-frame" tabindex="0" role="region" aria-label="Table">
<table class="table card-table table-stack">
  <thead><tr><th>Source</th><th class="num">Revenue</th><th>State</th></tr></thead>
  <tbody><tr>
    <td data-label="Source">google / cpc</td>
    <td class="num text-green" data-label="Revenue">{{ 123456789|money:"EUR" }}</td>
    <td data-label="State"><span><span class="badge bg-green-lt">won</span> <i class="text-secondary">quiet</i></span></td>
  </tr></tbody>
</table></div></div>
<form method="post" class="card card-body">
  {% csrf_token %}{{ form }}<div><button class="btn btn-primary">Save</button></div>
</form>
{% empty_state "inbox" "Nothing yet" "It comes." "/x" "Go" %}
{% endblock %}"""  # noqa: E501


class SampleForm(forms.Form):
    name = fields.CharField(help_text="As it stands in the ad.")
    day = fields.DateField(required=False)
    kind = fields.ChoiceField(choices=[("a", "A"), ("b", "B")])
    agreed = fields.BooleanField(required=False)
    ways = fields.MultipleChoiceField(choices=[("x", "X"), ("y", "Y")], widget=fields.CheckboxSelectMultiple)


def page(request: HttpRequest) -> HttpResponse:
    capabilities = request.GET.getlist("can")
    request.member = SimpleNamespace(can=capabilities.__contains__, role="sales", language="en")
    if note := request.GET.get("note"):
        messages.success(request, note)
    form = SampleForm(request.POST or None)
    return HttpResponse(engines["django"].from_string(PAGE).render({"form": form}, request))


def what_it_sees(request: HttpRequest, **_kwargs: str) -> JsonResponse:
    return JsonResponse({name: hasattr(request, name) for name in ("session", "user", "_messages")})


@csrf_exempt
def door(request: HttpRequest, what: str) -> HttpResponse:
    trouble = {"bug": RuntimeError("secret detail"), "denied": PermissionDenied(), "bad": BadRequest("no")}
    if what in trouble:
        raise trouble[what]
    return JsonResponse({"size": len(request.body), "view": request.resolver_match.view_name})


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("page bug")


def denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


rooms = (
    [
        path("", page, name="home"),
        path("leads/", page, name="inbox"),
        path("reports/", page, name="report"),
        path("sees", what_it_sees),
        path("api/v1/forms/sees", what_it_sees),
        path("api/v1/forms/<str:what>", door, name="form-door"),
        path("hooks/<str:what>", door),
    ],
    "leadtrack",
)
urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("broken", broken),
    path("denied", denied),
    path("mounted/", include(rooms)),
]
