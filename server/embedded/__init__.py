"""An engine that speaks the used part of Nomad's HTTP API on one machine.

It registers batch jobs, runs their docker tasks with the local container engine and answers as Nomad
1.10 does, down to the spelling of a field and the text of an error, so that any Nomad client can look
at it; with scripted tasks it is the double of the tests. State lives in memory like that of
``nomad agent -dev``; allocation directories live on disk below a data directory.

What belongs here: what Nomad's own server and client would do. What never belongs here: anything that
knows of builds. A part of a job that the engine does not support is an error that names it; where the
engine and a real Nomad differ, the engine is wrong, and ``tests/contract`` is where that shows.

Everything but ``Engine`` runs on one event loop, so no record needs a lock.
"""
