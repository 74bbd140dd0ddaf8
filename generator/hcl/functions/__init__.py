"""The functions that Nomad registers for job files (jobspec2/functions.go).

Each module has functions of one kind and a table of them, named as in HCL; ``table`` puts the tables
together. Functions are pure: what would read files, the clock or random numbers gives an error.
"""

from generator.hcl.functions.table import FUNCTIONS

__all__ = ["FUNCTIONS"]
