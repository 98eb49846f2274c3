from taskrunner import add

first = add.delay(4, 4)
second = add.apply_async(args=[10], kwargs={"y": 5})

print("sent:", first.state, "ready:", first.ready())

print("add(4, 4) =", first.get(timeout=30))
print("add(10, y=5) =", second.get(timeout=30))

print("now:", first.state, "ready:", first.ready())
