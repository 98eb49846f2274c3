from procrastinate import App, PsycopgConnector, RetryStrategy

import job

app = App(
    connector=PsycopgConnector(conninfo=job.POSTGRESQL),
    import_paths=["with_procrastinate"],
)


@app.task(retry=RetryStrategy(max_attempts=3, wait=1))
def charge():
    job.charge()


@app.periodic(cron="* * * * * */10")
@app.task
def report(timestamp):
    job.report()


@app.task
def render():
    job.render()


if job.RECOVER:

    @app.periodic(cron="* * * * *")
    @app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
    async def retry_stalled_jobs(context, timestamp):
        for stalled in await app.job_manager.get_stalled_jobs():
            await app.job_manager.retry_job(stalled)


def send_charge():
    with app.open():
        charge.defer()


def send_render():
    with app.open():
        render.defer()
