import sys

from shop import print_catalogue, send_mail

(queue,) = sys.argv[1:]
catalogues = [print_catalogue.delay(2) for _ in range(2)]
mail = send_mail.apply_async(("your receipt",), queue=queue)
sent = mail.get(timeout=30)
printed = [catalogue.get(timeout=30) for catalogue in catalogues]
before = sum(end < sent for end in printed)
print(f"the mail was sent after {before} of {len(printed)} catalogues")
