from shop import NoPrice, fetch_price

results = [fetch_price.delay(name) for name in ("tea", "coffee", "cake", "milk")]
for result in results:
    try:
        print(result.get(timeout=30))
    except NoPrice as error:
        print("NoPrice:", error)
