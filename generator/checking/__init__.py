"""Checks of packs and of job files: what is wrong or doubtful, each finding with a rule and a place.

Here belongs what looks at a pack without being asked to render it: rules on its files, and in
``job`` those on the jobs that it gives. Nothing here prints, and nothing below knows of it.
"""
