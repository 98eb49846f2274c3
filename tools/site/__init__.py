"""The site's machinery: what its pages show is put in from what was run.

Nothing else of `sprout` needs it.
"""
