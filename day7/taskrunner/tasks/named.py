import time

from celery import shared_task

from taskrunner.base import NamedResults


@shared_task(base=NamedResults, name="named-division")
def div(job_data: dict) -> dict:
    x, y = job_data["div"]
    time.sleep(1)
    return {"div_result": x / y}


@shared_task(base=NamedResults, name="named-product")
def mul(job_data: dict, div_result: float) -> dict:
    (factor,) = job_data["mul"]
    time.sleep(1)
    return {"mul_result": div_result * factor}


@shared_task(base=NamedResults, name="named-sum")
def add(job_data: dict, mul_result: float) -> dict:
    (number,) = job_data["add"]
    time.sleep(1)
    return {"add_result": mul_result + number}


@shared_task(base=NamedResults, name="named-difference")
def sub(job_data: dict, add_result: float) -> dict:
    (number,) = job_data["sub"]
    time.sleep(1)
    return {"sub_result": add_result - number}


@shared_task(base=NamedResults, name="named-square")
def square(div_result: float) -> dict:
    time.sleep(1)
    return {"square_result": div_result**2}


@shared_task(base=NamedResults, name="named-total")
def total(mul_result: float, square_result: float) -> dict:
    time.sleep(1)
    return {"total_result": mul_result + square_result}
