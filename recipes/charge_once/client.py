import json
from urllib.request import urlopen

from shop import BANK, charge, charge_carelessly

results = [charge_carelessly.delay("order 1"), charge.delay("order 2")]
for result in results:
    print(result.get(timeout=30))
with urlopen(f"{BANK}/charges") as answer:
    for name, count in json.load(answer).items():
        print(name, count)
