"""Another registry that artifacts are copied from or to (OCI distribution, pull and push)."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx

from hullscan.errors import NotFound, RegistryBusy, RegistryError, RegistryRefused
from hullscan.model.image import Descriptor
from hullscan.registry.authorization import authorization
from hullscan.registry.connection import connection
from hullscan.registry.docker_hub import registry_host, repository_there
from hullscan.registry.manifest import MANIFEST_TYPES, OCI_INDEX, parse_manifest

_TIMEOUT: Final = httpx.Timeout(120.0, connect=10.0)
_CHUNK: Final = 1024 * 1024
_LARGEST_ANSWER: Final = 16 * 1024 * 1024
"""Bytes of a manifest or of a page of a list."""

_LARGEST_REFUSAL: Final = 16 * 1024
_LARGEST_PAGE: Final = 1_000
_MOST_PAGES: Final = 10_000
_NEXT: Final = re.compile(r'<([^>]*)>\s*;[^,]*rel="?next')
_BUSY: Final = frozenset({429, 503})
_REFUSED: Final = frozenset({400, 401, 403, 405, 406, 410, 451})


class _Answer(NamedTuple):
    """What a registry said, whole."""

    address: str
    headers: httpx.Headers
    content: bytes


class Peer:
    """
    A registry by its address, such as ``https://registry.example``.

    Raises (from all):
        RegistryError: It is away, refuses (`RegistryRefused`), is busy (`RegistryBusy`), or answers what makes no sense.
    """

    def __init__(self, url: str, *, user: str = "", password: str = "", insecure: bool = False) -> None:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        self._host = registry_host(parts.netloc)
        self._url = f"{parts.scheme}://{self._host}"
        self._login = (user, password) if user else None
        self._tokens: dict[str, str] = {}
        self._client = connection(_TIMEOUT, verify=not insecure)

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    def ping(self) -> None:
        """Ask whether it is there and lets us in."""
        self._ask("GET", "/v2/", scope="")

    def whole_name(self, repository: str) -> str:
        """Return what *repository* is called there: ``debian`` of Docker Hub is ``library/debian``."""
        return repository_there(self._host, repository)

    def tags(self, repository: str) -> list[str]:
        """Return all tags of a repository; none if there is no such repository."""
        try:
            return list(self._names(f"/v2/{repository}/tags/list", "tags", _pull(repository)))
        except NotFound:
            return []

    def repositories(self) -> list[str]:
        """Return the catalog."""
        return list(self._names("/v2/_catalog", "repositories", "registry:catalog:*"))

    def _names(self, path: str, key: str, scope: str) -> Iterator[str]:
        for answer in self._pages(f"{path}?n={_LARGEST_PAGE}", scope, {}):
            yield from _texts(answer, key)

    def _pages(self, address: str, scope: str, headers: dict[str, str]) -> Iterator[_Answer]:
        """Yield a list, page after page by the address that each says (some registries count by tokens)."""
        asked: set[str] = set()
        while address and address not in asked and len(asked) < _MOST_PAGES:
            asked.add(address)
            answer = self._ask("GET", address, scope=scope, headers=headers)
            yield answer
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
        return answer.content, answer.headers.get("Content-Type", "").partition(";")[0].strip()

    def referrers(self, repository: str, digest: str) -> list[Descriptor]:
        """
        Return what hangs on a manifest, by the API or, where there is none, the index that clients keep under a tag.

        Rule: OCI distribution, "Listing Referrers" and "Referrers Tag Schema".
        """
        try:
            address = f"/v2/{repository}/referrers/{digest}"
            found = [one.content for one in self._pages(address, _pull(repository), {"Accept": OCI_INDEX})]
        except (NotFound, RegistryRefused):
            try:
                found = [self.manifest(repository, digest.replace(":", "-"))[0]]
            except NotFound:
                return []
        return [one for data in found for one in parse_manifest(data, OCI_INDEX).manifests]

    def has_blob(self, repository: str, digest: str) -> bool:
        """Say whether a blob is there."""
        try:
            self._ask("HEAD", f"/v2/{repository}/blobs/{digest}", scope=_push(repository))
        except NotFound:
            return False
        return True

    def read_blob(self, repository: str, digest: str) -> Iterator[bytes]:
        """Yield a blob's bytes; the caller checks the digest. Where the line breaks it goes on with what is left, twice at most."""
        yielded = 0
        for tries_left in (2, 1, 0):
            try:
                for piece in self._read_blob_from(repository, digest, yielded):
                    yielded += len(piece)
                    yield piece
                return
            except httpx.HTTPError as error:
                if not tries_left:
                    raise RegistryError(
                        f"{self._url}: the blob {digest} could not be fetched whole: {error}"
                    ) from error

    def _read_blob_from(self, repository: str, digest: str, start: int) -> Iterator[bytes]:
        headers = {"Range": f"bytes={start}-"} if start else {}
        with closing(
            self._send("GET", f"/v2/{repository}/blobs/{digest}", _pull(repository), headers=headers)
        ) as answer:
            # Who does not know ranges sends it from its beginning.
            known = 0 if answer.status_code == httpx.codes.PARTIAL_CONTENT else start
            for piece in answer.iter_raw(_CHUNK):
                skipped = min(known, len(piece))
                known -= skipped
                if skipped < len(piece):
                    yield piece[skipped:]

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
    ) -> _Answer:
        # A stream can be sent once only, so the login comes before it.
        if content is not None and scope not in self._tokens:
            self._ask("GET", "/v2/", scope=scope)
        with closing(self._send(method, path, scope, headers=headers, content=content)) as answer:
            data = self._read(answer, _LARGEST_ANSWER)
        if len(data) > _LARGEST_ANSWER:
            raise RegistryError(f"{self._url} answered more than {_LARGEST_ANSWER} bytes to {method} {path}")
        return _Answer(str(answer.url), answer.headers, data)

    def _read(self, answer: httpx.Response, limit: int) -> bytes:
        """Return the content, or its beginning of a little more than *limit* bytes."""
        data = b""
        try:
            for chunk in answer.iter_bytes(_CHUNK):
                data += chunk
                if len(data) > limit:
                    break
        except httpx.HTTPError as error:
            raise RegistryError(f"{self._url} broke off its answer: {error or type(error).__name__}") from error
        return data

    def _send(
        self,
        method: str,
        path: str,
        scope: str,
        *,
        headers: dict[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
    ) -> httpx.Response:
        """Return an answer that says yes, whose content was not read yet; the caller closes it."""
        url = path if "://" in path else self._url + path
        for attempt in (1, 2):
            sent = dict(headers or {})
            # Logins are for the registry alone: an upload's address may be elsewhere, or in the clear.
            if self._tokens.get(scope) and _origin(url) == _origin(self._url):
                sent["Authorization"] = self._tokens[scope]
            try:
                request = self._client.build_request(method, url, headers=sent, content=content)
                answer = self._client.send(request, stream=True)
            except httpx.HTTPError as error:
                raise RegistryError(f"{self._url} could not be reached: {error or type(error).__name__}") from error
            if answer.status_code == 401 and attempt == 1:
                answer.close()
                self._log_in(answer.headers.get("WWW-Authenticate", ""), scope)
                continue
            break
        if answer.is_success:
            self._tokens.setdefault(scope, "")
            return answer
        with closing(answer):
            said = self._read(answer, _LARGEST_REFUSAL).decode("utf-8", "replace")
        if answer.status_code == 404:
            raise NotFound(f"{self._url} has no {path}")
        message = f"{self._url} answered {answer.status_code} to {method} {path}: {said[:300]}"
        if answer.status_code in _REFUSED:
            raise RegistryRefused(message)
        if answer.status_code in _BUSY:
            told = answer.headers.get("Retry-After", "")
            raise RegistryBusy(message, retry_after_s=float(told) if told.isdecimal() else 0.0)
        raise RegistryError(message)

    def _log_in(self, challenge: str, scope: str) -> None:
        try:
            self._tokens[scope] = authorization(self._client, challenge, scope, self._login)
        except RegistryRefused as error:
            raise RegistryRefused(f"{self._url}: {error}") from error
        except RegistryError as error:
            raise RegistryError(f"{self._url}: {error}") from error
        if not self._tokens[scope]:
            raise RegistryRefused(f"{self._url} does not let us in: the credentials are missing, or not accepted")


_ACCEPT: Final = {"Accept": ", ".join(sorted(MANIFEST_TYPES))}


def _pull(repository: str) -> str:
    return f"repository:{repository}:pull"


def _push(repository: str) -> str:
    return f"repository:{repository}:pull,push"


def _origin(url: str) -> tuple[str, str, int | None]:
    told = httpx.URL(url)
    return told.scheme, told.host, told.port


def _texts(answer: _Answer, key: str) -> list[str]:
    try:
        told: Any = json.loads(answer.content)
    except ValueError as error:
        raise RegistryError(f"{answer.address} answered no JSON") from error
    names = told.get(key) if isinstance(told, dict) else None
    return [str(name) for name in names or ()]
