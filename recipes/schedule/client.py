from shop import report

results = [report.delay(), report.delay()]
print(sorted(result.get(timeout=30) for result in results))
