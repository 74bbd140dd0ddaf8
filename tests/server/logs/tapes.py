"""A client of Nomad that has nothing but the files of logs."""

from __future__ import annotations

from collections.abc import Mapping

from server.nomad import File, Nomad


class Tape(Nomad):
    """Has the files of one allocation, by their names."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.bytes_read = 0

    def list_files(self, allocation_id: str, path: str) -> tuple[File, ...]:
        return tuple(File(name, len(data)) for name, data in self.files.items())

    def read_part(self, allocation_id: str, path: str, offset: int, size: int) -> bytes:
        self.bytes_read += size
        return self.files[path.rpartition("/")[2]][offset : offset + size]
