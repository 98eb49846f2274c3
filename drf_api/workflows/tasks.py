"""The four arithmetic tasks. To add a task, decorate a function with `@operation`."""

from workflows.operations import operation


@operation("+", example=(4, 6))
def add(x, y):
    """Return x + y."""
    return x + y


@operation("\N{MINUS SIGN}", example=(4, 2))
def sub(x, y):
    """Return x - y."""
    return x - y


@operation("\N{MULTIPLICATION SIGN}", example=(4, 3))
def mul(x, y):
    """Return x * y."""
    return x * y


@operation("/", example=(4, 2))
def div(x, y):
    """Return x / y."""
    return x / y
