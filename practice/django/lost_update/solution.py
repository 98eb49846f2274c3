"""With F(), the database computes the new value from the current value."""

from celery import Celery
from django.db.models import F

from shop.meeting import wait_for_the_other
from shop.models import Article

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def sell(article_id: int) -> None:
    article = Article.objects.get(pk=article_id)
    wait_for_the_other()
    article.stock = F("stock") - 1
    article.save()
