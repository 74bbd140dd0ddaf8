"""Where a build's jobs may be made to connect: repositories, registries, and the receivers of webhooks.

A caller names hosts, and nodes inside a private network connect to them. Without a word from the operator that is
anything public; what is private, or only this machine's, has to be on a list. Names are looked up here and now:
that stops what is private by mistake or by a plain attempt, not whoever lets a name lead elsewhere a moment
later, nor what a Dockerfile connects to by itself. For those the nodes need a firewall.
"""

from __future__ import annotations

from server import destinations, locations
from server.config import Config
from server.destinations import Address, AllowedHosts
from server.resolver import Resolver

_GIT_HOSTS = "NOMAD_BUILD_GIT_HOSTS"
_REGISTRY_HOSTS = "NOMAD_BUILD_REGISTRY_HOSTS"


class Egress:
    """Judges what a request names. Safe for use by several threads."""

    def __init__(self, config: Config, resolver: Resolver | None = None) -> None:
        self._git = AllowedHosts.parse(config.git_hosts)
        self._registries = AllowedHosts.parse(config.registry_hosts)
        self._webhooks = AllowedHosts.parse(config.webhook_hosts)
        self._known_registries = frozenset(each.lower() for each in config.insecure_registries)
        self._resolver = resolver or Resolver()

    def check_repository(self, url: str) -> None:
        """Check the address of a Git repository.

        Raises:
            ValueError: with what is wrong, to stand behind the name of the field.
        """
        self._check(*locations.read_repository(url), self._git, _GIT_HOSTS)

    def check_registry(self, url: str) -> None:
        """Check a registry, with or without a path, that images are published below: ``host:port/path``.

        Raises:
            ValueError: with what is wrong, to stand behind the name of the field.
        """
        # Alone a host and its port would be read as an image and its tag.
        self.check_image(f"{url}/image")

    def check_image(self, reference: str) -> None:
        """Check where an image or a repository is, which jobs pull or push; without a registry it is on Docker Hub.

        A registry that the operator has named in ``NOMAD_BUILD_INSECURE_REGISTRIES`` is allowed by that.

        Raises:
            ValueError: with what is wrong, to stand behind the name of the field.
        """
        registry = locations.read_registry(reference)
        host, address = locations.read_registry_host(registry)
        if registry.lower() not in self._known_registries:
            self._check(host, address, self._registries, _REGISTRY_HOSTS)

    def check_proxy(self, url: str) -> None:
        """Check the proxy that a build's jobs go through, which is where they really connect to.

        Raises:
            ValueError: with what is wrong, to stand behind the name of the field.
        """
        proxy = destinations.parse_url(url)
        self._check(proxy.host, proxy.address, self._git, _GIT_HOSTS)

    def check_webhook(self, url: str) -> None:
        """Check the URL of a webhook's receiver; where its name leads is seen when it is called.

        Raises:
            ValueError: with what is wrong, to stand behind the name of the field.
        """
        destinations.check_url(url, self._webhooks)

    def _check(
        self, host: str, address: Address | None, allowed: AllowedHosts, variable: str
    ) -> None:
        found: tuple[Address, ...] = ()
        if address is None and host not in allowed.names:
            found = self._resolver.resolve(host)
        if not found:
            destinations.check_host(host, address, allowed, variable)
            if address is not None or host in allowed.names or allowed.public:
                return  # of a name that is not known here the nodes may know where it leads
            problem = "cannot be resolved here and is not on the list of what is allowed"
        elif all(allowed.accepts(host, each) for each in found):
            return
        elif allowed.public:
            # The address stays untold: which names there are inside is nobody's business.
            problem = "has an address that is not public"
        else:
            problem = "has an address that is not on the list of what is allowed"
        msg = f"leads to {destinations.shorten(host)}, which {problem}; an operator can allow it with {variable}"
        raise ValueError(msg)
