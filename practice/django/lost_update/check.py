"""Two processes sell the same article at the same time."""

from sprout.practice.run import Run

SETTINGS = "shop.settings"


def check(run: Run) -> None:
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    from shop.models import Article

    sell = run.task("sell")
    article = Article.objects.create(name="bulb", stock=10)
    other = Article.objects.create(name="pot", stock=10)
    run.worker("-c", "2", pool="prefork")
    for _ in range(2):
        sell.delay(article.pk)
    run.settle()
    run.succeeded(*run.spans)
    met = run.folder / "meeting"
    run.require(
        met.exists() and len(list(met.iterdir())) == 2,
        "sell() does not call wait_for_the_other().",
        "two calls",
        "fewer calls",
    )
    article.refresh_from_db()
    other.refresh_from_db()
    run.equal(other.stock, 10, "Another article was also sold.")
    run.require(article.stock != 10, "Nothing was sold.", "8", "10")
    run.require(article.stock <= 8, "A sale was lost.", "8", f"{article.stock}")
    run.equal(article.stock, 8, "The stock is too low.")
