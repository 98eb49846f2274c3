import time

from shop import app, render_invoices


def bar(result):
    meta = app.backend.get_task_meta(result.id)
    state, info = meta["status"], meta["result"]
    if state == "PROGRESS":
        done, total = info["done"], info["total"]
        return f"{'█' * done}{'·' * (total - done)} {done} of {total}"
    return f"{state} {info or ''}".strip()


def watch(result):
    shown, ended = None, False
    while not ended:
        ended = result.ready()
        if (now := bar(result)) not in (shown, "PENDING"):
            print(now)
            shown = now
        time.sleep(0.1)


watch(render_invoices.delay(4))
print()
watch(render_invoices.delay(3, fail_at=1))
