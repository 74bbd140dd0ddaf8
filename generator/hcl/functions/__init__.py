"""The functions that Nomad registers for job files (jobspec2/functions.go).

Each module has functions of one kind and a table of them, named as in HCL; ``table`` puts the tables
together. Functions are pure: what would read files or random numbers gives an error; ``IMPURE`` is
the table for whoever allows random numbers, ``WITH_FILES`` for whoever allows files too.
"""

from generator.hcl.functions.table import FUNCTIONS, IMPURE, WITH_FILES

__all__ = ["FUNCTIONS", "IMPURE", "WITH_FILES"]
