"""A corpus of small repositories, each with a request, what has to come of it, and what has to be true of the image.

Here belong the repositories and what is known of them beforehand; how builds are run belongs to the service, and what
they are run on to the lab. The table in ``docs/corpus.md`` is written by ``python -m tests.corpus``.
"""
