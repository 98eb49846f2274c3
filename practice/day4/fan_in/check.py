"""bind_album must start after all thumbnails have ended, and receive their files."""

from sprout.practice.run import Run, states

PHOTOS = ["cat.jpg", "dog.jpg", "ant.jpg"]


def check(run: Run) -> None:
    run.task("make_thumbnail")
    run.task("bind_album")
    make_album = run.function("make_album")
    with run.no_waiting("make_album() waits for the thumbnails."):
        id = run.call(make_album, list(PHOTOS))
    waiting = [each for queue in run.waiting().values() for each in queue]
    first = [message["task"].rpartition(".")[2] for message in waiting]
    run.worker()
    run.settle()
    thumbnails = run.named("make_thumbnail")
    run.require(
        len(thumbnails) == 3,
        "The client did not send one thumbnail task for each photo.",
        "make_thumbnail three times",
        states(run.spans),
    )
    run.require(
        first.count("make_thumbnail") == 3,
        "The thumbnails run one after another, each with the previous result.",
        "three make_thumbnail messages before a worker starts",
        f"{len(waiting)} message",
    )
    failed = isinstance(id, str) and run.result(id).state == "FAILURE"
    run.require(
        run.named("bind_album") or not failed,
        "bind_album failed before it was sent.",
        "bind_album receives the files",
        f"FAILURE: {run.result(id).result!r}",
    )
    album = run.only("bind_album")
    run.succeeded(*thumbnails)
    files = "cat.png dog.png ant.png"
    run.require(
        album.state == "SUCCESS" and run.result(album.id).result == files,
        "bind_album does not receive the files.",
        f"bind_album returns {files!r}",
        f"bind_album({album.arguments}): {album.state} {album.result}",
    )
    run.equal(id, album.id, "make_album() does not return the id of bind_album.")
    with run.no_waiting("make_album() waits for the thumbnails."):
        id = run.call(make_album, ["cat.jpg"])
    run.settle()
    one = run.result(id)
    run.require(
        one.state == "SUCCESS" and one.result == "cat.png",
        "With one photo, bind_album does not receive a list.",
        "bind_album returns 'cat.png'",
        f"{one.state}: {one.result!r}",
    )
