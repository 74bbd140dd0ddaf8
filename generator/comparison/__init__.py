"""Two jobs, or two folders of rendered files -> how they differ, and what Nomad would do about it.

``structure`` finds what changed at which path, ``canonical`` fills in what Nomad fills in, ``effects``
says whether tasks would be restarted, ``files`` compares whole renderings, ``text`` shows it all.
Packs, cases and snapshots are unknown here; nothing prints.
"""
