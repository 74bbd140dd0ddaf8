"""The commands for people and scripts: they speak to a service over HTTP, as any client does.

Here belongs what a person types and reads. What a build is, and who may do what, is the service's to say: these
commands send what they are given and show what they are answered. Only ``submit --local`` and ``doctor`` know the
service itself.
"""
