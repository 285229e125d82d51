"""What SWR calls an artifact, by Harbor's rule: IMAGE, CHART, what ``vnd.ORGANISATION.TYPE.config.VERSION`` says, UNKNOWN."""

import re
from typing import Final

from hullscan.registry.manifest import IMAGE_CONFIGS, INDEX_TYPES
from hullscan.store.artifacts.artifact_rows import ArtifactRow

_HELM: Final = "application/vnd.cncf.helm.config.v1+json"
_TYPED: Final = re.compile(r"application/vnd\.[^.]*\.(.*)\.config\.[^.]*\+json")


def kind_of(row: ArtifactRow) -> str:
    """Return the artifact's ``type``."""
    told = row.artifact_type or row.config_media_type
    if row.media_type in INDEX_TYPES or told in IMAGE_CONFIGS:
        return "IMAGE"
    if told == _HELM:
        return "CHART"
    found = _TYPED.fullmatch(told)
    return found[1].upper() if found else "UNKNOWN"
