"""The commands of ``packgen``, a module each: here, and in ``__main__``, anything is printed.

A module is imported when its command is called; what a command needs of the generator is imported
when it runs, so that ``--help`` answers at once. ``terminal`` holds what all of them do with the
outside, ``options`` the options that several of them have.
"""
