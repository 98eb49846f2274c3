"""The site's tools: they insert recorded output into the pages.

Nothing else of `sprout` needs it.
"""
