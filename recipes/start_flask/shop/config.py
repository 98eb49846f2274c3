MAIL_PORT = 1025
CELERY = {
    "broker_url": "redis://localhost:6379/1",
    "result_backend": "redis://localhost:6379/1",
    "broker_transport_options": {"global_keyprefix": "shop:"},
    "result_backend_transport_options": {"global_keyprefix": "shop:"},
    "task_track_started": True,
    "beat_schedule": {"report": {"task": "shop.tasks.mail_report", "schedule": 10.0}},
}
