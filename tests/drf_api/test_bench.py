"""What `make bench` compares gives the same answer both ways."""

import pytest

from workflows.management.commands.bench_status import by_id, by_query, make_run


@pytest.mark.django_db
def test_both_ways_see_the_same(django_assert_num_queries):
    run = make_run(30)
    ids = [step.task_id for step in run.steps.all()]
    with django_assert_num_queries(30):
        slow = by_id(ids)
    with django_assert_num_queries(1):
        fast = by_query(run)
    assert fast == slow == ["SUCCESS"] * 30
