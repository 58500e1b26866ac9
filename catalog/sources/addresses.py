"""Which addresses may be spoken to: HTTPS anywhere, plain HTTP only on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from catalog.errors import SourceError


def is_this_machine(host: str) -> bool:
    """Tell whether a host, without its port, is the loopback of this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_address(url: str, *, insecure: bool) -> None:
    """Raise SourceError unless `url` is an address that may be used.

    insecure: plain HTTP to other machines is allowed. A name and password inside the
    address never are: they would end in messages and in the catalog.
    """
    import httpx

    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        user = parts.username
        port_is_right = parts.port != 0
        httpx.URL(url)  # stricter than urlsplit, which before Python 3.11.4 takes any [...]
    except (ValueError, httpx.InvalidURL) as error:
        shown = url.rpartition("@")[2]  # without any name and password
        raise SourceError(f"{shown!r} is not an address ({error})") from error
    if user is not None:
        raise SourceError(f"the address of {host} holds a user name", "leave it out")
    if parts.scheme not in {"http", "https"} or not host or not port_is_right:
        raise SourceError(f"{url!r} is not an address", "such as https://registry.example")
    if parts.scheme == "http" and not (insecure or is_this_machine(host)):
        raise SourceError(f"{url}: not HTTPS", "plain HTTP is for this machine, or --insecure")
