"""The tools of the site, which insert recorded output into the pages.

The package `sprout` does not import these tools.
"""
