import time

from shop import render_invoices


def bar(result):
    if result.state == "PROGRESS":
        done, total = result.info["done"], result.info["total"]
        return f"{'█' * done}{'·' * (total - done)} {done} of {total}"
    return f"{result.state} {result.info or ''}".strip()


def watch(result):
    shown = None
    while not result.ready():
        if (now := bar(result)) not in (shown, "PENDING"):
            print(now)
            shown = now
        time.sleep(0.1)
    print(bar(result))


watch(render_invoices.delay(4))
print()
watch(render_invoices.delay(3, fail_at=1))
