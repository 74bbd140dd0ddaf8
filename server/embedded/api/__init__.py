"""Nomad's HTTP API: requests -> reads and changes of the state -> answers with Nomad's exact words.

Here belong routes, parameters, headers and statuses. What a request means for jobs and allocations is
decided below, in ``control`` and ``client``.
"""
