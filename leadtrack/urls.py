"""Every address of the rooms. A host project includes this module under a prefix of its own."""

from django.urls import include, path

from leadtrack.accounts.views import home
from leadtrack.visits.views.snippet import site_snippet, snippet

app_name = "leadtrack"

urlpatterns = [
    path("", home, name="home"),
    path("lt.js", snippet, name="snippet"),
    path("lt/<str:key>.js", site_snippet, name="site-snippet"),
    path("sources/", include("leadtrack.sources.urls")),
    path("", include("leadtrack.visits.urls")),
    path("", include("leadtrack.phones.urls")),
    path("", include("leadtrack.leads.urls")),
    path("", include("leadtrack.deals.urls")),
    path("spend/", include("leadtrack.spend.urls")),
    path("reports/", include("leadtrack.reports.urls")),
    path("api/v1/", include("leadtrack.api_urls")),
]
