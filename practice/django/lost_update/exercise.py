"""A lost update.

Two workers sell the same article at the same time. The stock drops from 10 to 9 instead
of 8. Repair sell(). Keep the call to wait_for_the_other(), which makes both tasks run
at the same time.
"""

from celery import Celery

from shop.meeting import wait_for_the_other
from shop.models import Article

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def sell(article_id: int) -> None:
    article = Article.objects.get(pk=article_id)
    wait_for_the_other()
    article.stock = article.stock - 1
    article.save()
