"""A laboratory on one machine: what the demo, the benchmark and the end-to-end tests stand on.

Here belongs what finds, makes, starts and stops real things around the service: the container engine, images, a
registry, a Git server, a Nomad. Nothing here knows of builds, phases or packs, and the service itself never imports it.
"""

from server.lab.credentials import Credentials
from server.lab.errors import LabError
from server.lab.gitserver import GitServer, Repository
from server.lab.lab import Lab, default_folder, stop_left_running
from server.lab.registry import Registry

__all__ = [
    "Credentials",
    "GitServer",
    "Lab",
    "LabError",
    "Registry",
    "Repository",
    "default_folder",
    "stop_left_running",
]
