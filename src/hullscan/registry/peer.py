"""Another registry that artifacts are copied from or to (OCI distribution, pull and push)."""

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx

from hullscan.errors import NotFound, RegistryError
from hullscan.registry.manifest import MANIFEST_TYPES

_TIMEOUT: Final = httpx.Timeout(120.0, connect=10.0)
_CHUNK: Final = 1024 * 1024
_LARGEST_MANIFEST: Final = 16 * 1024 * 1024
_LARGEST_PAGE: Final = 1_000
_MOST_PAGES: Final = 10_000
_NEXT: Final = re.compile(r'<([^>]*)>\s*;[^,]*rel="?next')
_CHALLENGE: Final = re.compile(r'(\w+)="([^"]*)"')


class Peer:
    """
    A registry by its address, such as ``https://registry.example``.

    Raises (from all):
        RegistryError: It is away, refuses, or answers what makes no sense.
    """

    def __init__(self, url: str, *, user: str = "", password: str = "", insecure: bool = False) -> None:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        self._url = f"{parts.scheme}://{parts.netloc}"
        self._basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
        self._tokens: dict[str, str] = {}
        self._client = httpx.Client(timeout=_TIMEOUT, follow_redirects=True, verify=not insecure)

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    def ping(self) -> None:
        """Ask whether it is there and lets us in."""
        self._ask("GET", "/v2/", scope="")

    def tags(self, repository: str) -> list[str]:
        """Return all tags of a repository; none if there is no such repository."""
        try:
            return list(self._pages(f"/v2/{repository}/tags/list", "tags", _pull(repository)))
        except NotFound:
            return []

    def repositories(self) -> list[str]:
        """Return the catalog."""
        return list(self._pages("/v2/_catalog", "repositories", "registry:catalog:*"))

    def _pages(self, path: str, key: str, scope: str) -> Iterator[str]:
        """Yield the names of a list, page after page by the address that each says (some registries count by tokens)."""
        address = f"{path}?n={_LARGEST_PAGE}"
        asked: set[str] = set()
        while address and address not in asked and len(asked) < _MOST_PAGES:
            asked.add(address)
            answer = self._ask("GET", address, scope=scope)
            yield from _names(answer, key)
            link = _NEXT.search(answer.headers.get("Link", ""))
            following = httpx.URL(f"{self._url}{address}").join(link[1]) if link else None
            address = following.raw_path.decode() if following else ""

    def digest(self, repository: str, reference: str) -> str:
        """Return the digest of a manifest, "" if there is none."""
        try:
            answer = self._ask(
                "HEAD", f"/v2/{repository}/manifests/{reference}", scope=_pull(repository), headers=_ACCEPT
            )
        except NotFound:
            return ""
        return str(answer.headers.get("Docker-Content-Digest", ""))

    def manifest(self, repository: str, reference: str) -> tuple[bytes, str]:
        """
        Return a manifest and its media type.

        Raises:
            NotFound: There is none.
        """
        answer = self._ask("GET", f"/v2/{repository}/manifests/{reference}", scope=_pull(repository), headers=_ACCEPT)
        if len(answer.content) > _LARGEST_MANIFEST:
            raise RegistryError(f"{self._url}: the manifest {reference} is too large")
        return answer.content, answer.headers.get("Content-Type", "").partition(";")[0].strip()

    def has_blob(self, repository: str, digest: str) -> bool:
        """Say whether a blob is there."""
        try:
            self._ask("HEAD", f"/v2/{repository}/blobs/{digest}", scope=_push(repository))
        except NotFound:
            return False
        return True

    def read_blob(self, repository: str, digest: str) -> Iterator[bytes]:
        """Yield a blob's bytes; the caller checks the digest."""
        path = f"/v2/{repository}/blobs/{digest}"
        answer = self._send("GET", path, _pull(repository), stream=True)
        try:
            yield from answer.iter_raw(_CHUNK)
        except httpx.HTTPError as error:
            raise RegistryError(f"{self._url}: the blob {digest} could not be fetched whole: {error}") from error
        finally:
            answer.close()

    def put_blob(self, repository: str, digest: str, size_bytes: int, pieces: Iterable[bytes]) -> None:
        """Send a blob."""
        begun = self._ask("POST", f"/v2/{repository}/blobs/uploads/", scope=_push(repository))
        location = str(httpx.URL(self._url).join(begun.headers.get("Location", "")))
        joint = "&" if "?" in location else "?"
        self._ask(
            "PUT",
            f"{location}{joint}{urlencode({'digest': digest})}",
            scope=_push(repository),
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(size_bytes)},
            content=pieces,
        )

    def put_manifest(self, repository: str, reference: str, data: bytes, media_type: str) -> None:
        """Send a manifest under a tag or its digest."""
        self._ask(
            "PUT",
            f"/v2/{repository}/manifests/{reference}",
            scope=_push(repository),
            headers={"Content-Type": media_type},
            content=data,
        )

    def _ask(
        self,
        method: str,
        path: str,
        *,
        scope: str,
        headers: dict[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
    ) -> httpx.Response:
        # A stream can be sent once only, so the login comes before it.
        if content is not None and scope not in self._tokens:
            self._send("GET", "/v2/", scope).read()
        answer = self._send(method, path, scope, headers=headers, content=content)
        answer.read()
        return answer

    def _send(
        self,
        method: str,
        path: str,
        scope: str,
        *,
        headers: dict[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        stream: bool = False,
    ) -> httpx.Response:
        url = path if "://" in path else self._url + path
        for attempt in (1, 2):
            sent = dict(headers or {})
            # Logins are for the registry alone: an upload's address may be elsewhere.
            if self._tokens.get(scope) and httpx.URL(url).host == httpx.URL(self._url).host:
                sent["Authorization"] = self._tokens[scope]
            try:
                request = self._client.build_request(method, url, headers=sent, content=content)
                answer = self._client.send(request, stream=stream)
            except httpx.HTTPError as error:
                raise RegistryError(f"{self._url} could not be reached: {error or type(error).__name__}") from error
            if answer.status_code == 401 and attempt == 1:
                answer.read()
                self._log_in(answer.headers.get("WWW-Authenticate", ""), scope)
                continue
            break
        if answer.is_success:
            self._tokens.setdefault(scope, "")
            return answer
        answer.read()
        if answer.status_code == 404:
            raise NotFound(f"{self._url} has no {path}")
        raise RegistryError(f"{self._url} answered {answer.status_code} to {method} {path}: {answer.text[:300]}")

    def _log_in(self, challenge: str, scope: str) -> None:
        fields = dict(_CHALLENGE.findall(challenge))
        if not challenge.lower().startswith("bearer") or "realm" not in fields:
            self._tokens[scope] = self._basic
            return
        query = {"service": fields.get("service", ""), **({"scope": scope} if scope else {})}
        try:
            answer = self._client.get(
                f"{fields['realm']}?{urlencode(query)}", headers={"Authorization": self._basic} if self._basic else {}
            )
            told = answer.json() if answer.is_success else {}
        except (httpx.HTTPError, ValueError) as error:
            raise RegistryError(f"{self._url}: no token could be had from {fields['realm']}: {error}") from error
        token = told.get("token") or told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(token, str):
            raise RegistryError(f"{self._url} does not accept the credentials")
        self._tokens[scope] = f"Bearer {token}"


_ACCEPT: Final = {"Accept": ", ".join(sorted(MANIFEST_TYPES))}


def _pull(repository: str) -> str:
    return f"repository:{repository}:pull"


def _push(repository: str) -> str:
    return f"repository:{repository}:pull,push"


def _names(answer: httpx.Response, key: str) -> list[str]:
    try:
        told = answer.json()
    except ValueError as error:
        raise RegistryError(f"{answer.url} answered no JSON") from error
    names = told.get(key) if isinstance(told, dict) else None
    return [str(name) for name in names or ()]
