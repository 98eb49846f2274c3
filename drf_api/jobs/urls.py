from django.urls import path

from jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.index, name="index"),
    path("active/", views.active, name="active"),
    path("sample/", views.SampleView.as_view(), name="sample"),
]
