from django.urls import path

from monitor import views

app_name = "monitor"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("workers/", views.index, name="index"),
]
