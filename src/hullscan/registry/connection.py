"""A connection to another registry."""

import httpx


def connection(timeout: httpx.Timeout, *, verify: bool, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a client that follows a registry to where its blobs are, with a certificate nobody knows unless *verify*."""
    return httpx.Client(
        timeout=timeout,
        follow_redirects=True,
        verify=verify,
        transport=transport,
        # A server before the registry might pack a blob, whose digest is that of the bytes unpacked.
        headers={"Accept-Encoding": "identity"},
    )
