from django.urls import path

from leadtrack.visits import api, goal_views, hygiene_views, staff_views

urlpatterns = [
    path("api/v1/visits", api.beacon, name="beacon"),
    path("sources/hygiene/", hygiene_views.hygiene_page, name="source-hygiene"),
    path("visits/me/", staff_views.own_visits, name="own-visits"),
    path("visits/networks/<int:pk>/remove/", staff_views.network_remove, name="own-network-remove"),
    path("goals/", goal_views.goals, name="goals"),
    path("goals/add/", goal_views.goal_add, name="goal-add"),
    path("goals/try/", goal_views.goals_try, name="goals-try"),
    path("goals/<int:pk>/", goal_views.goal, name="goal"),
    path("goals/<int:pk>/switch/", goal_views.goal_switch, name="goal-switch"),
    path("goals/<int:pk>/set-up/", goal_views.goal_set_up, name="goal-set-up"),
]
