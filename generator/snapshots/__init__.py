"""A pack's cases -> its snapshots: what each case renders, kept as files in the pack for review.

Here is what ``packgen snapshot`` and the pytest plugin share: finding cases, rendering them,
comparing with the files of ``snapshots/``, writing these anew. How two jobs differ is
``generator.comparison``'s matter; nothing here prints.
"""
