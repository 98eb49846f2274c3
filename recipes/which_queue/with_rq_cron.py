from rq import cron

import job

cron.register(job.report, queue_name="default", interval=10)
