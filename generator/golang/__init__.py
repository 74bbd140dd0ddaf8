"""What Go's standard library makes of a text: package time's durations, regexp, strconv's quoting.

HCL's functions, Go templates and job files all lean on it; each has its own errors, and so the
modules here raise plain ValueErrors that hold Go's words. What a language or Nomad adds to the
library never belongs here.
"""
