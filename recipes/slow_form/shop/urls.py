from django.urls import path
from letters import views

urlpatterns = [
    path("slow/", views.slow),
    path("quick/", views.quick),
    path("letters/<uuid:task_id>/", views.letter),
]
