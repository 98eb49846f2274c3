"""`@operation` adds a task. Invalid tasks and testcases raise clear errors."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from workflows import checks, testcases
from workflows.expressions import expression
from workflows.models import Run
from workflows.operations import OPERATIONS, operation
from workflows.serializers import StartSerializer

pytestmark = pytest.mark.django_db(transaction=True)


@operation("^", example=(4, 2))
def raised(x, y):
    return x**y


RAISED = OPERATIONS.pop("raised")  # only for this module's tests


@pytest.fixture
def added(monkeypatch):
    """Add the task `raised`, and a testcase that contains the task."""
    monkeypatch.setitem(OPERATIONS, "raised", RAISED)
    monkeypatch.setitem(testcases.TESTCASES, "ESG-TC77", ["add", "raised"])
    # The serializer's field copied the testcases at import, so change the field too.
    field = StartSerializer._declared_fields["testcase"]
    monkeypatch.setitem(field._kwargs, "choices", list(testcases.TESTCASES))


def test_one_entry_adds_a_task_to_the_page_and_the_api(added, client, api, published):
    page = client.get("/", headers={"accept": "text/html"}).text
    assert "ESG-TC77" in page
    assert 'aria-label="raised"' in page
    (listed,) = [
        each
        for each in api.get("/api/workflows/").json()
        if each["testcase"] == "ESG-TC77"
    ]
    assert listed["steps"] == [
        {"name": "add", "numbers": 2},
        {"name": "raised", "numbers": 1},
    ]
    answer = api.post("/api/runs/", listed["example"])
    assert answer.status_code == 202
    assert published() == 1
    run = Run.objects.get()
    assert "(4 + 6) ^ 2" in client.get(f"/runs/{run.pk}/").text
    assert raised(3, 2) == 9


TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.mark.parametrize(
    ("job_data", "text"),
    [
        ({"add": [4, 2], "raised": [2]}, "(4 + 2) ^ 2"),
        ({"div": [4, 2], "raised": [2]}, "(4 / 2) ^ 2"),
        ({"raised": [4, 2], "add": [2]}, "4 ^ 2 + 2"),
        ({"div": [4, 2], "mul": [3]}, f"4 / 2 {TIMES} 3"),
        ({"add": [4, 2], "mul": [3]}, f"(4 + 2) {TIMES} 3"),
        ({"mul": [4, 2], "add": [3]}, f"4 {TIMES} 2 + 3"),
        (
            {"add": [1, 2], "mul": [3], "sub": [1]},
            f"(1 + 2) {TIMES} 3 \N{MINUS SIGN} 1",
        ),
        ({"mul": [1, 2], "add": [3], "raised": [2]}, f"(1 {TIMES} 2 + 3) ^ 2"),
    ],
)
def test_an_expression_has_parentheses_by_precedence(added, job_data, text):
    assert expression(job_data, list(job_data)) == text


def two(x, y):
    return x + y


def none():
    return 1


@pytest.mark.parametrize(
    ("function", "sign", "example", "words"),
    [
        (two, "+", (1,), "two takes 2 numbers, and the example has 1"),
        (two, "+", (1, 2, 3), "two takes 2 numbers, and the example has 3"),
        (two, "", (1, 2), "use a sign of 1 to 3 characters"),
        (two, "+", [1, 2], "use a tuple of numbers as the example"),
        (two, "+", ("1", 2), "raised TypeError"),
        (two, "+", (1e308, 1e308), "raised OverflowError: the result is too large"),
        (none, "+", (), "use a tuple of numbers as the example"),
    ],
)
def test_an_invalid_entry_is_a_clear_error(function, sign, example, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        operation(sign, example)(function)
    assert function.__name__ not in OPERATIONS


def test_a_duplicate_task_name_is_rejected():
    def add(x, y):
        return x + y

    with pytest.raises(ImproperlyConfigured, match="a task add already exists"):
        operation("+", example=(1, 2))(add)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (["add", "pwoer"], "has the step 'pwoer', which is not a task"),
        ([], "needs at least one step"),
        (["add", "add"], "must not repeat a step"),
    ],
)
def test_an_invalid_testcase_is_a_clear_error(steps, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        checks.testcases({"ESG-TC77": steps}, OPERATIONS)
