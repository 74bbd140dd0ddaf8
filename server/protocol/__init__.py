"""The Model Context Protocol: one of the doors to the tools."""

from server.protocol.door import create_server as create_server
