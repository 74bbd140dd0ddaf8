"""A corpus of builds that fail: a Dockerfile each, what the real Buildah said when it failed, what has to be found.

``python -m tests.failures --write`` really builds each case and keeps its log in ``logs/``; the tests only read the
logs and need no container engine. Nothing in a log is written by hand: ``trimming.py`` says what is left out and what
is called otherwise.
"""
