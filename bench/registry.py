"""
The registry beside docker-registry and nginx, in the same run: skopeo's push and pull, rates of manifests and blobs.

Needs skopeo and docker-registry (Debian's packages); wrk and nginx where they are there. What is missing is said and left out.
"""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx

from bench.processes import descendants
from bench.server import PASSWORD, Server, free_port, started

_RUNS = 5
_SECONDS = 5


def measure(image: Path, root: Path) -> None:
    """Print pushes, pulls and rates, ours as ratios to the peers'."""
    for program in ("skopeo", "docker-registry"):
        if shutil.which(program) is None:
            print(f"registry: left out, {program} is not on this machine")
            return
    pushes: dict[str, list[float]] = {"ours": [], "theirs": []}
    pulls: dict[str, list[float]] = {"ours": [], "theirs": []}
    reports: list[float] = []
    theirs = ours = 0.0
    for number in range(_RUNS):
        last = number == _RUNS - 1
        # One after the other, so that what else the machine does meets both.
        with _docker_registry(root / f"registry-{number}") as host:
            pushes["theirs"].append(_copy(f"oci:{image}", f"docker://{host}/bench/app:1"))
            pulls["theirs"].append(_copy(f"docker://{host}/bench/app:1", f"dir:{root / 'pulled'}"))
            theirs = _rates(host, "bench/app", "") if last else 0.0
        with started(root / f"ours-{number}") as server:
            host = server.url.partition("://")[2]
            pushes["ours"].append(_copy(f"oci:{image}", f"docker://{host}/bench/app:1", creds=f"admin:{PASSWORD}"))
            reports.append(_report(server, "app", "1"))
            pulls["ours"].append(
                _copy(f"docker://{host}/bench/app:1", f"dir:{root / 'pulled'}", creds=f"admin:{PASSWORD}")
            )
            if last:
                ours = _rates(host, "bench/app", _token(server.url))
                _blob_beside_nginx(image, host, _token(server.url), root)
    # To a server of its own: skopeo remembers where it has pushed a blob, and has it mounted there.
    with started(root / "ours-four") as server:
        watch = _Memory(server.pid)
        _four_pushes(image, server.url.partition("://")[2])
        print(f"peak memory with four pushes at once       {watch.stop():7.0f} MiB, all processes")
    for name, times in (("push", pushes), ("pull", pulls)):
        mine, other = median(times["ours"]), median(times["theirs"])
        ratios = [one / another for one, another in zip(times["ours"], times["theirs"], strict=True)]
        what = f"skopeo {name}, scanning included" if name == "push" else f"skopeo {name}"
        print(
            f"{what:42} {mine:7.2f} s   {mine / other:5.2f} x docker-registry ({other:.2f} s; "
            f"each run {min(ratios):.2f} to {max(ratios):.2f} x)"
        )
    print(f"push done → report read                    {median(reports) * 1000:7.0f} ms")
    if ours and theirs:
        print(
            f"manifest GET by tag                        {ours:7.0f} /s  {ours / theirs:5.2f} x docker-registry ({theirs:.0f}/s)"
        )


def _report(server: Server, repository: str, reference: str) -> float:
    """Seconds until a report is read: a push that has returned has scanned."""
    address = f"{server.base}/namespaces/bench/repositories/{repository}/artifacts/{reference}/vulnerabilities"
    began = time.perf_counter()
    with server.client() as client:
        assert client.get(address).json(), "the report was not there when the push returned"
    return time.perf_counter() - began


@contextmanager
def _docker_registry(root: Path) -> Iterator[str]:
    root.mkdir(parents=True)
    port = free_port()
    config = root / "config.yml"
    config.write_text(
        f"version: 0.1\nlog: {{accesslog: {{disabled: true}}, level: error}}\n"
        f"storage: {{cache: {{blobdescriptor: inmemory}}, filesystem: {{rootdirectory: {root / 'data'}}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("REGISTRY_")}
    process = subprocess.Popen(
        ["docker-registry", "serve", str(config)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/v2/")
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(root)


def _copy(source: str, target: str, *, creds: str = "") -> float:
    words = ["skopeo", "copy", "-q", "--preserve-digests"]
    if target.startswith("docker:"):
        words += ["--dest-tls-verify=false", *(["--dest-creds", creds] if creds else [])]
    else:
        words += ["--src-tls-verify=false", *(["--src-creds", creds] if creds else [])]
    os.sync()  # what earlier copies left to be written is not this one's
    began = time.perf_counter()
    subprocess.run([*words, source, target], check=True)
    return time.perf_counter() - began


def _rates(host: str, name: str, token: str) -> float:
    """Manifests a second, by wrk with eight connections; 0 without wrk."""
    return _wrk(f"http://{host}/v2/{name}/manifests/1", token)


def _wrk(url: str, token: str = "", connections: int = 8) -> float:
    if shutil.which("wrk") is None:
        return 0.0
    words = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{_SECONDS}s",
        "-H",
        "Accept: application/vnd.oci.image.manifest.v1+json",
    ]
    if token:
        words += ["-H", f"Authorization: Bearer {token}"]
    done = subprocess.run([*words, url], capture_output=True, text=True, check=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None or "Non-2xx" in done.stdout:
        raise SystemExit(f"wrk could not measure {url}:\n{done.stdout}")
    return float(found[1])


def _token(url: str) -> str:
    query = {"service": "hullscan", "scope": "repository:bench/app:pull"}
    answer = httpx.get(f"{url}/v2/token", params=query, auth=("admin", PASSWORD), trust_env=False)
    return str(answer.json()["token"])


def _four_pushes(image: Path, host: str) -> None:
    threads = [
        threading.Thread(
            target=_copy,
            args=(f"oci:{image}", f"docker://{host}/bench/four{one}:1"),
            kwargs={"creds": f"admin:{PASSWORD}"},
        )
        for one in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _blob_beside_nginx(image: Path, host: str, token: str, root: Path) -> None:
    """A large blob by curl from the registry, and the same file from nginx with sendfile."""
    if shutil.which("nginx") is None or shutil.which("curl") is None:
        print("blob GET beside nginx: left out, nginx or curl is not on this machine")
        return
    blob = max((image / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    port = free_port()
    folder = root / "nginx"
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        f"daemon off; user root; worker_processes 2; pid {folder / 'pid'}; error_log {folder / 'log'};\n"
        f"events {{}}\nhttp {{ access_log off; sendfile on; client_body_temp_path {folder}; proxy_temp_path {folder};\n"
        f"fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
        f"server {{ listen 127.0.0.1:{port}; root {blob.parent.absolute()}; }} }}\n"
    )
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/{blob.name}", method="HEAD")
        header = f"Authorization: Bearer {token}"
        rates = {"ours": 0.0, "nginx": 0.0}
        for _ in range(_RUNS):
            rates["nginx"] = max(rates["nginx"], _download(f"http://127.0.0.1:{port}/{blob.name}", ""))
            address = f"http://{host}/v2/bench/app/blobs/sha256:{blob.name}"
            rates["ours"] = max(rates["ours"], _download(address, header))
    finally:
        process.terminate()
        process.wait(timeout=30)
    mine, other = rates["ours"], rates["nginx"]
    size = blob.stat().st_size / 2**20
    print(f"blob GET of {size:.0f} MiB{mine:27.0f} MiB/s {mine / other:5.2f} x nginx sendfile ({other:.0f})")


def _download(url: str, header: str) -> float:
    words = [
        "curl",
        "-sS",
        "-f",
        "-o",
        "/dev/null",
        "-w",
        "%{speed_download}",
        *(["-H", header] if header else []),
        url,
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return float(done.stdout) / 2**20


def _wait(url: str, *, method: str = "GET") -> None:
    for _ in range(100):
        try:
            httpx.request(method, url, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{url} does not answer")


class _Memory:
    """
    The most memory that a process and its descendants had together, looked at while they work.

    Proportional set size: what forked processes share counts once.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Return the peak in MiB."""
        self._stopping.set()
        self._thread.join()
        return self._peak / 1024

    def _watch(self) -> None:
        while not self._stopping.wait(0.05):
            self._peak = max(self._peak, sum(map(_memory_kib, [self._pid, *descendants(self._pid)])))


def _memory_kib(pid: int) -> int:
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0  # the process ended
    return int(found[1]) if found else 0
