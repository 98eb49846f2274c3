"""The tools of the site, which insert recorded output into the pages.

No other part of `sprout` uses this package.
"""
