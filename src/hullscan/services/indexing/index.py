"""Indexing on the server: layers as they are uploaded, images when their manifest arrives."""

from typing import IO, Final

from msgspec.structs import replace

from hullscan.detectors.for_images import detector_set
from hullscan.errors import NotFound, UnreadableInput
from hullscan.inventory.codec import decode, encode
from hullscan.inventory.image import finished
from hullscan.inventory.sbom import read_sbom
from hullscan.layers.walk import walk_layer
from hullscan.model.image import Digest, Image, Layer
from hullscan.model.package import Inventory, LayerInventory
from hullscan.model.report import Problem
from hullscan.registry.manifest import Manifest, is_attestation, parse_manifest
from hullscan.registry.source import DEEPEST_INDEX
from hullscan.services.context import Context, now
from hullscan.services.indexing.accessories import hangs_on_images, is_sbom
from hullscan.services.indexing.known_stacks import KnownStacks
from hullscan.services.indexing.packages import indexed_as, keep_inventory
from hullscan.store.artifacts.inventories import add_layers, image_is_indexed, layer_bodies
from hullscan.store.database import reading, writing

_LARGEST_MANIFEST: Final = 16 * 1024 * 1024

_stacks: Final = KnownStacks()


def keep_layer(context: Context, digest: Digest, body: bytes) -> None:
    """Keep *body*, the encoded inventory of a layer."""
    with writing(context.engine) as connection:
        add_layers(connection, {digest: body}, detector_set().identity, now())


def is_indexed(context: Context, digest: str) -> bool:
    """Say whether the artifact *digest* was indexed by the detectors of today."""
    with reading(context.engine) as connection:
        return image_is_indexed(connection, digest, indexed_as(detector_set().identity))


def index_manifest(context: Context, repository_id: int, digest: str) -> None:
    """Index an artifact whose manifest was just accepted: its layers are known, so this is the join alone."""
    index_artifact(context, repository_id, digest)


def index_artifact(context: Context, repository_id: int, digest: str) -> None:
    """
    Make the inventory of the artifact *digest* of a repository: an image, an index of images, or an SBOM.

    An SBOM that hangs on an image is the pusher's word on it: with an inventory and a report of its own it can be
    compared with what is in the image (`services.reports.fleet.difference`).

    Raises:
        NotFound: Its manifest is not in the blob store.
    """
    if is_indexed(context, digest):
        return
    manifest = parse_manifest(read_small(context, digest))
    if manifest.is_index:
        keep_inventory(context, digest, "", _inventory_of_index(context, manifest))
    elif is_sbom(manifest):
        keep_inventory(context, digest, "", _by_sbom(context, manifest))
    elif manifest.is_image:
        image = manifest.image(Digest(digest), config_of(context, manifest))
        keep_inventory(context, digest, str(image.platform), inventory_of(context, image))
    else:
        nothing = Inventory(problems=(_no_image(manifest),), detectors=detector_set().identity)
        keep_inventory(context, digest, "", nothing)


def _by_sbom(context: Context, manifest: Manifest) -> Inventory:
    """Return what an SBOM says; one that cannot be read is a problem."""
    layer = manifest.layers[0]
    try:
        inventory = read_sbom(read_small(context, layer.digest), layer.digest)
    except (NotFound, UnreadableInput) as error:
        problem = Problem(code="sbom-unreadable", message=f"the SBOM could not be read: {error}", layer=layer.digest)
        return Inventory(problems=(problem,), detectors=detector_set().identity)
    return replace(inventory, detectors=detector_set().identity)


def inventory_of(context: Context, image: Image) -> Inventory:
    """Return what *image* holds, reading from the blob store those layers that are not known."""
    identity = detector_set().identity
    digests = [layer.digest for layer in image.layers]
    stacked, known = _stacks.highest(identity, digests)
    for digest in digests[known:]:
        context.walks.wait(digest)
    with reading(context.engine) as connection:
        bodies = layer_bodies(connection, digests[known:], identity)
    for position, layer in enumerate(image.layers[known:], known):
        body = bodies.get(layer.digest)
        inventory = decode(body) if body is not None else _walk(context, layer)
        stacked = stacked.with_layer(layer, inventory)
        if body is not None:
            _stacks.keep(identity, digests[: position + 1], stacked, inventory)
    return finished(stacked, identity)


def _walk(context: Context, layer: Layer) -> LayerInventory:
    refused = unreadable_kind(layer)
    if refused is not None:
        return LayerInventory(problems=(refused,))
    try:
        inventory = walk_layer(lambda: _open(context, layer), detector_set())
    except NotFound as error:
        problem = Problem(code="layer-missing", message=f"{error}; push the image again", layer=layer.digest)
        return LayerInventory(problems=(problem,))
    keep_layer(context, layer.digest, encode(inventory))
    return inventory


def unreadable_kind(layer: Layer) -> Problem | None:
    """Return the problem of a layer that by its media type cannot be read: encrypted, or kept elsewhere."""
    if layer.is_encrypted:
        return Problem(
            code="layer-encrypted", message="the layer is encrypted, so it was not looked into", layer=layer.digest
        )
    return None


def _open(context: Context, layer: Layer) -> IO[bytes]:
    return context.blobs.open(layer.digest)


def _inventory_of_index(context: Context, index: Manifest) -> Inventory:
    """
    Return what the images of *index* hold, those of indexes within it too; what hangs on images is left out.

    What is no image, or not here, is a problem under its platform.
    """
    found: list[Inventory] = []
    problems = _no_manifests(index)
    seen: set[Digest] = set()
    waiting = [(child, 1) for child in reversed(index.children)]
    while waiting:
        child, depth = waiting.pop()
        if child.digest in seen or is_attestation(child):
            continue
        seen.add(child.digest)
        name = str(child.platform) if child.platform else child.digest
        try:
            manifest = parse_manifest(read_small(context, child.digest), child.media_type)
        except (NotFound, UnreadableInput) as error:
            message = f"{name} of this index could not be read: {error}"
            problems.append(Problem(code="image-missing", message=message))
            continue
        if manifest.is_image:
            found.append(inventory_of(context, manifest.image(child.digest, config_of(context, manifest))))
        elif not manifest.is_index:
            if not hangs_on_images(manifest):
                problems.append(_no_image(manifest, f"{name} of this index: "))
        elif depth < DEEPEST_INDEX:
            waiting += [(one, depth + 1) for one in reversed(manifest.children)]
            problems += _no_manifests(manifest)
        else:
            message = f"{name} of this index is an index within {depth} others: its images were not looked into"
            problems.append(Problem(code="budget-exceeded", message=message))
    distros = tuple(dict.fromkeys(one.distro for one in found if one.distro))
    problems += [problem for one in found for problem in one.problems]
    return Inventory(
        distro=distros[0] if distros else None,
        other_distros=distros[1:],
        packages=tuple(package for one in found for package in one.packages),
        problems=tuple(dict.fromkeys(problems)),
        detectors=detector_set().identity,
    )


def _no_manifests(index: Manifest) -> list[Problem]:
    kinds = dict.fromkeys(one.media_type for one in index.blobs)
    return [
        Problem(code="not-an-image", message=f"the index lists {kind}, which is no manifest and was not looked into")
        for kind in kinds
    ]


def _no_image(manifest: Manifest, beginning: str = "") -> Problem:
    kind = manifest.artifact_type or manifest.config_media_type or "unknown"
    return Problem(
        code="not-an-image", message=f"{beginning}an artifact of type {kind} has no file system to look into"
    )


def config_of(context: Context, manifest: Manifest) -> bytes | None:
    """Return the config that *manifest* names, None if it names none or the store has it not."""
    if manifest.config is None or context.blobs.size(manifest.config.digest) is None:
        return None
    return read_small(context, manifest.config.digest)


def read_small(context: Context, digest: str) -> bytes:
    """
    Return a manifest, config or SBOM whole.

    Raises:
        NotFound: It is not in the store.
        UnreadableInput: It is too large for one.
    """
    size = context.blobs.size(digest)
    if size is None:
        raise NotFound(f"{digest} is not in the store")
    if size > _LARGEST_MANIFEST:
        raise UnreadableInput(f"{digest} is too large for a manifest or config")
    return b"".join(context.blobs.read(digest))
