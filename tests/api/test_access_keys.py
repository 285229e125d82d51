"""Users, groups, policies and access keys by the command line, and what their requests may do."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.conftest import PASSWORD, Server
from builders import make_layer
from hullscan.services.access.signing import canonical_request, sign
from hullscan.services.artifacts.namespaces import create_default_namespace


def _command(server: Server, *words: str, stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "hullscan", *words],
        env=server.environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _key(output: str) -> dict[str, str]:
    pairs = (line.split(": ", 1) for line in output.strip().splitlines())
    return {name.split(" (")[0]: value for name, value in pairs}


def _signed(
    server: Server, key: dict[str, str], method: str, path: str, body: bytes = b"", *, at: datetime | None = None
) -> dict[str, str]:
    date = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "host": server.url.partition("://")[2],
        "content-type": "application/json",
        "x-sdk-date": date,
    }
    if "security token" in key:
        headers["x-security-token"] = key["security token"]
    names = tuple(sorted(headers))
    canonical = canonical_request(
        method=method, raw_path=path, raw_query="", headers=headers, signed_headers=names, body=body
    )
    signature = sign(canonical, date, key["secret key"])
    text = f"SDK-HMAC-SHA256 Access={key['access key']}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return {**headers, "authorization": text}


@pytest.fixture(scope="module")
def reader(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The key of a user who, by a policy of a group, may read one namespace only."""
    file = tmp_path_factory.mktemp("policy") / "policy.json"
    statement = {
        "Effect": "Allow",
        "Action": ["swr:repository:get*", "swr:repository:list*", "swr:repository:create*"],
        "Resource": ["swr:*:*:repository:default/readable", "swr:*:*:repository:default/readable/*"],
    }
    file.write_text(json.dumps({"Version": "5.0", "Statement": [statement]}))
    for name in ("readable", "secret"):
        create_default_namespace(server.context, name, public=False, auto_scan=False)
        server.push(f"{name}/app", [make_layer({"a": b"1"})])
    _command(server, "user", "create", "reader", "--password-stdin", stdin=PASSWORD + "\n")
    _command(server, "group", "create", "readers")
    _command(server, "group", "add", "readers", "reader")
    _command(server, "policy", "put", "read-one", str(file))
    _command(server, "policy", "attach", "read-one", "--group", "readers")
    return _key(_command(server, "credential", "create", "reader"))


def _artifacts(server: Server, space: str) -> str:
    return f"{server.base}/namespaces/{space}/repositories/app/artifacts"


def test_a_policy_opens_one_namespace(server: Server, reader: dict[str, str]) -> None:
    """Signed requests and docker pulls: what the resource names, and nothing else."""
    codes = []
    with server.client() as client:
        for space in ("readable", "secret"):
            path = _artifacts(server, space)
            codes.append(client.get(path, headers=_signed(server, reader, "GET", path)).status_code)
        pulls = [
            client.get(f"/v2/{space}/app/manifests/1", auth=("reader", PASSWORD)).status_code
            for space in ("readable", "secret")
        ]
        push = client.post("/v2/readable/app/blobs/uploads/", auth=("reader", PASSWORD)).status_code

    assert (codes, pulls, push) == ([200, 403], [200, 403], 403)


def test_a_temporary_key_needs_its_token(server: Server, reader: dict[str, str]) -> None:
    """Without X-Security-Token, or with another's, it is worthless."""
    made = _key(_command(server, "credential", "create", "reader", "--hours", "1"))
    path = _artifacts(server, "readable")
    without = {name: value for name, value in made.items() if name != "security token"}
    wrong = {**made, "security token": "x" * 40}
    with server.client() as client:
        codes = [
            client.get(path, headers=_signed(server, key, "GET", path)).status_code for key in (made, without, wrong)
        ]

    assert codes == [200, 401, 401]


def test_altered_and_replayed_requests_are_refused(server: Server, reader: dict[str, str]) -> None:
    """The signature covers the body; the same signed change is not done again later."""
    path = f"{server.base}/namespaces/readable/immutabletagrules"
    body = json.dumps({"tag_selectors": [], "scope_selectors": {}}).encode()
    with server.client() as client:
        headers = _signed(server, reader, "POST", path, body)
        first = client.post(path, content=body, headers=headers).status_code
        altered = client.post(path, content=body + b" ", headers=headers).status_code
        time.sleep(2.2)
        replayed = client.post(path, content=body, headers=headers)

    assert (first, altered, replayed.status_code) == (201, 401, 401)
    assert "sent before" in replayed.json()["error_msg"]


def test_a_wrong_clock_locks_nobody_out(server: Server, reader: dict[str, str]) -> None:
    """Requests that are signed rightly but too late are refused as often as they come; the key's other users go on."""
    path = _artifacts(server, "readable")
    late = datetime.now(UTC) - timedelta(minutes=20)
    with server.client() as client:
        refused = [client.get(path, headers=_signed(server, reader, "GET", path, at=late)) for _ in range(6)]
        answer = client.get(path, headers=_signed(server, reader, "GET", path))

    assert {one.status_code for one in refused} == {401}
    assert "15 minutes" in refused[-1].json()["error_msg"]
    assert answer.status_code == 200


def test_a_disabled_user_is_out_at_once(server: Server, reader: dict[str, str]) -> None:
    """Keys, passwords and tokens end; enabling brings the key back."""
    path = _artifacts(server, "readable")
    _command(server, "user", "disable", "reader")
    with server.client() as client:
        locked = client.get(path, headers=_signed(server, reader, "GET", path)).status_code
        _command(server, "user", "enable", "reader")
        again = client.get(path, headers=_signed(server, reader, "GET", path)).status_code

    assert (locked, again) == (401, 200)


def test_lists_tell_no_secret(server: Server, reader: dict[str, str]) -> None:
    """Users, groups, policies, projects and keys are listed; nothing that opens a door."""
    shown = "".join(
        _command(server, what, "list", *more)
        for what in ("user", "group", "policy", "project", "credential")
        for more in ((), ("--json",))
    )

    assert "read-one in local-1" in shown and reader["access key"] in shown and "readers" in shown
    assert reader["secret key"] not in shown and PASSWORD not in shown and "argon2" not in shown


def test_mistakes_are_named(server: Server, tmp_path: Path) -> None:
    """One line that says what is wrong, exit code 2."""
    (tmp_path / "bad.json").write_text('{"Version":"5.0","Statement":[{"Effect":"Allow","Acton":["*"]}]}')
    for words, text in (
        (("policy", "put", "bad", str(tmp_path / "bad.json")), "Acton"),
        (("policy", "attach", "nothing", "--user", "admin"), "known: FullAccess"),
        (("user", "delete", "admin"), "administrator"),
        (("credential", "create", "nobody"), "no user nobody"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "hullscan", *words],
            env=server.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert text in done.stderr
