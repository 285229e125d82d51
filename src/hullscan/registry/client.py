"""An image in another registry, read over HTTP (OCI distribution, pull)."""

import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import IO, Final, cast

import httpx

from hullscan.errors import DigestMismatch, InvalidReference, NotFound, RegistryError
from hullscan.model.image import ArtifactRef, Descriptor, Digest, Image, Layer, digest_of, parse_digest
from hullscan.registry.authorization import authorization
from hullscan.registry.connection import connection
from hullscan.registry.docker_hub import DOCKER_HUB, registry_host, repository_there
from hullscan.registry.insecure import is_insecure
from hullscan.registry.logins import find_login
from hullscan.registry.manifest import MANIFEST_TYPES
from hullscan.registry.source import choose_image

_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_ATTEMPTS: Final = 3
_TOO_MANY: Final = 429
_LONGEST_WAIT_S: Final = 10.0
_LARGEST_MANIFEST: Final = 16 * 1024 * 1024
_CHUNK: Final = 512 * 1024

_LABEL: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST: Final = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_REPOSITORY: Final = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
_TAG: Final = re.compile(r"\w[\w.-]{0,127}", re.ASCII)


def parse_reference(text: str) -> ArtifactRef:
    """
    Read ``[HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST]``; without a host it is Docker Hub's, without a tag ``latest``.

    Raises:
        InvalidReference: It is none (distribution's "reference" grammar).
    """
    rest, at, digest = text.partition("@")
    if at:
        parse_digest(digest)
    host, slash, path = rest.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, path = DOCKER_HUB, rest
    repository, colon, tag = path.partition(":")
    repository = repository_there(host, repository)
    if not (_HOST.fullmatch(host) and _REPOSITORY.fullmatch(repository) and (not colon or _TAG.fullmatch(tag))):
        raise InvalidReference(
            f"{text!r} is no target: write oci:DIR, docker-archive:FILE, dir:ROOT, sbom:FILE, purl:FILE "
            "or a registry reference such as registry.example/team/app:1"
        )
    return ArtifactRef(registry=host, repository=repository, tag="" if digest else tag or "latest", digest=digest)


class RemoteImage:
    """
    ``docker://REF``; see `ImageSource`. Each blob is checked against its digest while it is read.

    A registry that is one of *insecure* (`is_insecure`) is asked by HTTPS with whatever certificate, else by HTTP; one of this
    machine by HTTP.
    """

    checks_digests = True
    is_local = False

    def __init__(
        self, reference: str, *, insecure: Iterable[str] = (), transport: httpx.BaseTransport | None = None
    ) -> None:
        self._ref = parse_reference(reference)
        self._host = registry_host(self._ref.registry)
        is_named = is_insecure(self._host, insecure)
        is_here = not is_named and httpx.URL(f"//{self._host}").host in ("localhost", "127.0.0.1", "::1")
        self._schemes = ["http"] if is_here else ["https", "http"] if is_named else ["https"]
        self._credentials = find_login(self._ref.registry, self._ref.repository)
        self._authorization = ""
        self._client = connection(_TIMEOUT, verify=not is_named, transport=transport)

    def close(self) -> None:
        """Let go of what connects it with the registry; nothing of the image can be read any more."""
        self._client.close()

    def image(self, platform: str) -> Image:
        """See `ImageSource`."""
        reference = self._ref.digest or self._ref.tag
        data, media_type = self._manifest(reference)
        digest = digest_of(data)
        if self._ref.digest and self._ref.digest.startswith("sha256:") and self._ref.digest != digest:
            raise DigestMismatch(f"{self._ref}: the registry sent another manifest, {digest}")
        root = Descriptor(media_type=media_type, digest=digest, size_bytes=len(data))
        return choose_image(root, platform, lambda one: data if one is root else self._small(one))

    def open_layer(self, layer: Layer) -> IO[bytes]:
        """See `ImageSource`."""
        return cast(IO[bytes], _BlobStream(self._chunks(layer.digest), layer))

    def _chunks(self, digest: Digest) -> Iterator[bytes]:
        with closing(self._get(f"blobs/{digest}", "*/*")) as answer:
            yield from answer.iter_raw(_CHUNK)

    def _small(self, one: Descriptor) -> bytes:
        if one.media_type in MANIFEST_TYPES:
            data = self._manifest(one.digest)[0]
        else:
            with closing(self._get(f"blobs/{one.digest}", "*/*")) as answer:
                data = _bounded(answer)
        if digest_of(data, one.digest.partition(":")[0]) != one.digest:
            raise DigestMismatch(f"{self._ref}: the registry sent another content for {one.digest}")
        return data

    def _manifest(self, reference: str) -> tuple[bytes, str]:
        with closing(self._get(f"manifests/{reference}", ", ".join(sorted(MANIFEST_TYPES)))) as answer:
            return _bounded(answer), answer.headers.get("Content-Type", "").partition(";")[0].strip()

    def _get(self, what: str, accept: str) -> httpx.Response:
        """Ask, log in if asked to, and try again what may be better in a moment."""
        last = ""
        tries, logged_in = 0, False
        while tries < _ATTEMPTS:
            headers = {"Accept": accept}
            if self._authorization:
                headers["Authorization"] = self._authorization
            url = f"{self._schemes[0]}://{self._host}/v2/{self._ref.repository}/{what}"
            try:
                answer = self._client.send(self._client.build_request("GET", url, headers=headers), stream=True)
            except httpx.HTTPError as error:
                if len(self._schemes) > 1 and isinstance(error, httpx.ConnectError):
                    del self._schemes[0]
                    continue
                last = str(error) or type(error).__name__
                tries += 1
                continue
            if answer.status_code == 200:
                return answer
            answer.read()
            if answer.status_code == 401 and not logged_in:
                logged_in = True
                self._log_in(", ".join(answer.headers.get_list("WWW-Authenticate")))
                continue
            if answer.status_code == 404:
                raise NotFound(f"{self._ref}: the registry has no {what}")
            if answer.status_code in (401, 403):
                raise RegistryError(f"{self._ref}: access denied; {self._advice()}")
            last = f"it answered {answer.status_code}"
            if answer.status_code == _TOO_MANY:
                last = f"it has too many requests; try again later, or {self._advice()}"
            tries += 1
            if tries < _ATTEMPTS:
                time.sleep(_patience_s(answer, tries - 1))
        raise RegistryError(f"{self._ref}: {what} could not be fetched: {last}")

    def _advice(self) -> str:
        if self._credentials:
            return f"the login of {self._credentials[0]!r} is not enough"
        return f"log in with docker, podman or skopeo login {self._ref.registry}"

    def _log_in(self, challenge: str) -> None:
        scope = f"repository:{self._ref.repository}:pull"
        try:
            self._authorization = authorization(self._client, challenge, scope, self._credentials)
        except RegistryError as error:
            raise RegistryError(f"{self._ref}: {error}") from error
        if not self._authorization:
            raise RegistryError(f"{self._ref}: access denied; {self._advice()}")


class _BlobStream:
    """A layer's bytes as a stream that ends in an error if they are not what its digest says, or more than its size."""

    def __init__(self, chunks: Iterator[bytes], layer: Layer) -> None:
        self._chunks = chunks
        self._digest = layer.digest
        self._size_bytes = layer.size_bytes
        self._received = 0
        self._running = hashlib.new(layer.digest.partition(":")[0])

    def read(self, size: int = -1) -> bytes:
        """Return up to *size* bytes; all of the rest for -1."""
        del size  # the network's own pieces are as good as any
        try:
            chunk = next(self._chunks, b"")
        except httpx.HTTPError as error:
            raise RegistryError(f"the blob {self._digest} could not be fetched whole: {error}") from error
        self._received += len(chunk)
        self._running.update(chunk)
        too_long = 0 <= self._size_bytes < self._received
        if too_long or (not chunk and self._running.hexdigest() != self._digest.partition(":")[2]):
            raise DigestMismatch(f"the registry sent another content for the blob {self._digest}")
        return chunk

    def close(self) -> None:
        """Let the connection go."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> "_BlobStream":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _patience_s(answer: httpx.Response, attempt: int) -> float:
    """Return how long to wait before a server that is busy is asked again (RFC 9110, 10.2.3), within reason."""
    told = answer.headers.get("Retry-After", "")
    return min(float(told) if told.isdecimal() else 0.5 * 2**attempt, _LONGEST_WAIT_S)


def _bounded(answer: httpx.Response) -> bytes:
    data = b""
    for chunk in answer.iter_bytes(_CHUNK):
        data += chunk
        if len(data) > _LARGEST_MANIFEST:
            raise RegistryError(f"the registry sent more than {_LARGEST_MANIFEST} bytes for a manifest or config")
    return data
