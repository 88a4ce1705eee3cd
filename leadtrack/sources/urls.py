from django.urls import path

from leadtrack.sources.views import aliases, explain, history, links, rules

urlpatterns = [
    path("", explain.home, name="sources"),
    path("explain/", explain.explain_page, name="source-explain"),
    path("channels/", explain.channel_table, name="source-channels"),
    path("rules/", rules.rules, name="channel-rules"),
    path("rules/add/", rules.rule, name="channel-rule-add"),
    path("rules/preview/", rules.rule_preview_part, name="channel-rule-preview"),
    path("rules/order/", rules.rules_order, name="channel-rules-order"),
    path("rules/<int:pk>/", rules.rule, name="channel-rule"),
    path("rules/<int:pk>/switch/", rules.rule_switch, name="channel-rule-switch"),
    path("rules/<int:pk>/remove/", rules.rule_remove, name="channel-rule-remove"),
    path("rules/<int:pk>/restore/", rules.rule_restore, name="channel-rule-restore"),
    path("aliases/", aliases.aliases, name="source-aliases"),
    path("aliases/preview/", aliases.alias_preview_part, name="source-alias-preview"),
    path("aliases/<int:pk>/remove/", aliases.alias_remove, name="source-alias-remove"),
    path("aliases/<int:pk>/restore/", aliases.alias_restore, name="source-alias-restore"),
    path("links/", links.links, name="source-links"),
    path("links/preview/", links.link_preview_part, name="source-link-preview"),
    path("links/csv/", links.links_csv, name="source-links-csv"),
    path("links/<int:pk>/qr.svg", links.link_qr, name="source-link-qr"),
    path("history/", history.history_start, name="sources-history-start"),
    path("history/<int:pk>/", history.history, name="sources-history"),
    path("history/<int:pk>/progress/", history.history_progress, name="sources-history-progress"),
    path("history/<int:pk>/again/", history.history_again, name="sources-history-again"),
]
