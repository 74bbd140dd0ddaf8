"""What Nomad 1.10.5 understands of a job file, as tables.

Here is only data: which block may hold which arguments and blocks, and what the API calls them.
How the tables are read is decode.py's matter; rules that are no table stand in conversions.py.
"""
