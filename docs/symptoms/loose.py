from celery import shared_task


@shared_task
def pack(order):
    return f"packed {order}"
