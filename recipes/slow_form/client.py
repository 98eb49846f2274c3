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


def ask():
    with urlopen(SHOP + content["status"]) as answer:
        return json.load(answer)


print("the letter is sent:", ask()["sent"] is not None)
while (letter := ask())["sent"] is None:
    time.sleep(0.2)
print(letter)
