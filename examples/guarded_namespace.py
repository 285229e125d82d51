"""
A namespace that blocks vulnerable images, set up and used with nothing but the official SDK and skopeo.

    python examples/guarded_namespace.py IMAGE

IMAGE is anything that skopeo copies, such as ``oci:debian12-min`` or ``docker://debian:12``. The server is
found by ``hullscan status --output json``; the access key is that of HULLSCAN_ADMIN_ACCESS_KEY and
HULLSCAN_ADMIN_SECRET_KEY.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkswr.v2 import (
    CreateInstanceNamespaceRequest,
    CreateInstanceNamespaceRequestBody,
    CreateInstanceTempCredentialRequest,
    CVEAllowlistItem,
    ListInstanceArtifactsRequest,
    ListInstanceArtifactVulnerabilitiesRequest,
    NamespaceMetadata,
    ShowInstanceArtifactRequest,
    SwrClient,
    UpdateCVEAllowlistRequest,
    UpdateInstanceNamespaceRequest,
    UpdateNamespaceRequestBody,
)

NAMESPACE = "guarded-example"
REPORT = "application/vnd.security.vulnerability.report; version=1.1"


def main(image: str) -> None:
    """Set up, push, wait, read, be refused, allowlist, pull."""
    found = json.loads(
        subprocess.run(["hullscan", "status", "--output", "json"], check=True, capture_output=True).stdout
    )
    endpoint, instance = found["endpoint"], found["instance_id"]
    host = endpoint.partition("://")[2]
    client = (
        SwrClient.new_builder()
        .with_credentials(
            BasicCredentials(
                os.environ["HULLSCAN_ADMIN_ACCESS_KEY"], os.environ["HULLSCAN_ADMIN_SECRET_KEY"], found["project_id"]
            )
        )
        .with_endpoint(endpoint)
        .build()
    )

    rules = NamespaceMetadata(public="false", auto_scan="true", prevent_vul="true", severity="critical")
    body = CreateInstanceNamespaceRequestBody(namespace_name=NAMESPACE, metadata=rules)
    client.create_instance_namespace(CreateInstanceNamespaceRequest(instance_id=instance, body=body))
    print(f"namespace {NAMESPACE}: scanned on push, no pull of what has a critical vulnerability")

    login = client.create_instance_temp_credential(CreateInstanceTempCredentialRequest(instance_id=instance))
    credentials = f"{login.user_id}:{login.auth_token}"
    target = f"docker://{host}/{NAMESPACE}/team/app:1"
    skopeo("copy", "--dest-creds", credentials, "--dest-tls-verify=false", image, target)
    print("pushed with a temporary credential")

    where = {"instance_id": instance, "namespace_name": NAMESPACE, "repository_name": "team/app"}
    artifact = client.list_instance_artifacts(ListInstanceArtifactsRequest(**where)).artifacts[0]
    where["reference"] = artifact.digest
    while True:
        shown = client.show_instance_artifact(ShowInstanceArtifactRequest(**where, with_scan_overview=True))
        overview = (shown.scan_overview or {}).get(REPORT)
        if overview is not None and overview.scan_status in ("Success", "Error"):
            break
        time.sleep(0.5)
    print(f"scan: {overview.scan_status}, {overview.severity}, {overview.summary.total} vulnerabilities")

    answer = client.list_instance_artifact_vulnerabilities(ListInstanceArtifactVulnerabilitiesRequest(**where))
    items = answer.body[REPORT].vulnerabilities
    print("report:", dict(Counter(item.severity for item in items)))

    done = skopeo("copy", "--src-creds", credentials, "--src-tls-verify=false", target, "dir:pulled", check=False)
    print("pull:", "done" if done.returncode == 0 else done.stderr.strip().splitlines()[-1][-300:])

    critical = sorted({item.id for item in items if item.severity == "Critical"})
    allowlist = UpdateCVEAllowlistRequest(items=[CVEAllowlistItem(cve_id=one) for one in critical])
    client.update_instance_namespace(
        UpdateInstanceNamespaceRequest(
            instance_id=instance,
            namespace_name=NAMESPACE,
            body=UpdateNamespaceRequestBody(cve_allowlist=allowlist),
        )
    )
    print(f"allowlisted: {', '.join(critical)}")
    done = skopeo("copy", "--src-creds", credentials, "--src-tls-verify=false", target, "dir:pulled", check=False)
    print("pull:", "done" if done.returncode == 0 else done.stderr.strip().splitlines()[-1][-300:])


def skopeo(*words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run skopeo."""
    return subprocess.run(["skopeo", *words], check=check, capture_output=True, text=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
