"""Inventories of images that are made of small layers."""

import io

from builders import Entry, make_layer
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.inventory.codec import decode, encode
from hullscan.inventory.image import build_inventory
from hullscan.layers.walk import walk_layer
from hullscan.model.image import Digest, Layer
from hullscan.model.package import Inventory

_SET = DetectorSet(DETECTORS)


def image_inventory(*layers: dict[str, Entry]) -> Inventory:
    """Return what is found in an image of *layers*, whose digests are layer0, layer1 …"""
    walked = []
    for number, entries in enumerate(layers):
        blob = make_layer(entries)
        inventory = walk_layer(lambda blob=blob: io.BytesIO(blob), _SET)  # type: ignore[misc]
        walked.append((Layer(digest=Digest(f"layer{number}"), position=number), decode(encode(inventory))))
    return build_inventory(walked, _SET.identity)
