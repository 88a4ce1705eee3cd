from django.urls import path

from leadtrack.visits.goal_api import GoalList

urlpatterns = [path("goals", GoalList.as_view(), name="api-goals")]
