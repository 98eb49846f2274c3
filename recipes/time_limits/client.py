from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded
from celery.result import AsyncResult

from shop import DRAFTS, app, print_invoice, render_invoice, warn_staff


def outcome(result: AsyncResult) -> str:
    try:
        return result.get(timeout=30)
    except (SoftTimeLimitExceeded, TimeLimitExceeded) as error:
        return f"{result.state} {error!r}"


def pool_process() -> int:
    (worker,) = app.control.inspect(timeout=5, limit=1).stats().values()
    return worker["pool"]["processes"][0]


before = pool_process()
print("quick:", outcome(render_invoice.delay(1, 0)))
print("too long:", outcome(render_invoice.delay(2, 20)))
patient = render_invoice.apply_async([3, 5], soft_time_limit=10, time_limit=20)
print("longer limits:", outcome(patient))
print("same process:", pool_process() == before)

stuck = print_invoice.apply_async([4], task_id="print-4", link_error=warn_staff.s())
print("stuck:", outcome(stuck))
print("still works:", outcome(render_invoice.delay(5, 0)))
print("same process:", pool_process() == before)
print("left behind:", [path.name for path in DRAFTS.glob("*.draft")])
