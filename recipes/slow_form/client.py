import json
import os
import time
from urllib.parse import urlencode
from urllib.request import urlopen

SHOP = os.environ.get("SHOP_URL", "http://localhost:8000")
FORM = urlencode({"name": "Ada", "text": "it grows"}).encode()

for view in ("slow", "quick"):
    began = time.perf_counter()
    with urlopen(f"{SHOP}/{view}/", FORM) as answer:
        content = json.load(answer)
    seconds = time.perf_counter() - began
    print(f"{view}: {answer.status} after {seconds:.1f} s")

letter = {"sent": None}
while letter["sent"] is None:
    time.sleep(0.2)
    with urlopen(SHOP + content["status"]) as answer:
        letter = json.load(answer)
print(letter)
