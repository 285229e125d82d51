"""
The ecosystems' own implementations, each a program that reads pairs and prints how they compare.

A line in is ``first TAB second``, a line out -1, 0, 1, or ? for a text that it refuses.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PERL: Final = r"""
use Dpkg::Version;
while (<STDIN>) { chomp; my ($a, $b) = split /\t/;
  my ($x, $y) = map { Dpkg::Version->new($_, check => 1) } ($a, $b);
  print(($x && $y && $x->is_valid && $y->is_valid) ? ($x <=> $y) : "?", "\n"); }
"""

_RUBY: Final = r"""
require "rubygems"
STDIN.each_line do |line|
  a, b = line.chomp.split("\t")
  begin
    puts(Gem::Version.new(a) <=> Gem::Version.new(b))
  rescue ArgumentError
    puts("?")
  end
end
"""

_NODE: Final = r"""
const semver = require(process.argv[1]);
const lines = require("fs").readFileSync(0, "utf8").split("\n");
lines.pop();
const out = lines.map((line) => {
  const [a, b] = line.split("\t");
  try { return semver.compare(a, b); } catch (error) { return "?"; }
});
console.log(out.join("\n"));
"""

_PYTHON: Final = r"""
import sys
from packaging.version import InvalidVersion, Version
for line in sys.stdin:
    a, b = line.rstrip("\n").split("\t")
    try:
        x, y = Version(a), Version(b)
    except InvalidVersion:
        print("?")
    else:
        print((x > y) - (x < y))
"""

_RPM: Final = r"""%{lua:
for line in io.lines(rpm.expand("%{pairs}")) do
  local a, b = line:match("([^\t]*)\t([^\t]*)")
  print(rpm.vercmp(a, b) .. "\n")
end}"""

_JAVA: Final = r"""
import java.io.*;
import org.apache.maven.artifact.versioning.ComparableVersion;
public class Prove {
  public static void main(String[] words) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false);
    for (String line; (line = in.readLine()) != null; ) {
      String[] two = line.split("\t");
      out.println(Integer.signum(new ComparableVersion(two[0]).compareTo(new ComparableVersion(two[1]))));
    }
    out.flush();
  }
}
"""

_MAVEN: Final = Path("/usr/share/maven/lib")
_SEMVER: Final = (
    Path("/usr/lib/node_modules/npm/node_modules/semver"),
    Path("/usr/share/nodejs/semver"),
    Path("/usr/local/lib/node_modules/npm/node_modules/semver"),
)


@dataclass(frozen=True, slots=True)
class Reference:
    """An implementation: what it is, and the command that runs it (None: it is not installed here)."""

    what: str
    command: list[str] | None


def reference(scheme: str, folder: Path) -> Reference:
    """Return the implementation of *scheme*; programs that must be written down go to *folder*."""
    if scheme == "dpkg":
        return Reference(
            "Dpkg::Version of dpkg-dev", _if("perl", "-e", _PERL, probe=["perl", "-MDpkg::Version", "-e1"])
        )
    if scheme == "rpm":
        return Reference("rpmvercmp of rpm", _if("rpm", "--eval", _RPM))
    if scheme == "pep440":
        return Reference("packaging", [sys.executable, "-c", _PYTHON])
    if scheme == "gem":
        return Reference("Gem::Version of Ruby", _if("ruby", "-e", _RUBY))
    if scheme == "npm":
        found = next((path for path in _SEMVER if path.exists()), None)
        return Reference("npm's semver", _if("node", "-e", _NODE, str(found)) if found else None)
    jars = sorted(_MAVEN.glob("maven-artifact-*.jar"))
    if not jars or shutil.which("javac") is None:
        return Reference("ComparableVersion of Maven", None)
    (folder / "Prove.java").write_text(_JAVA)
    path = ":".join(str(jar) for jar in (*jars, *_MAVEN.glob("commons-lang3*.jar")))
    subprocess.run(["javac", "-cp", path, "-d", str(folder), str(folder / "Prove.java")], check=True)
    return Reference("ComparableVersion of Maven", ["java", "-cp", f"{folder}:{path}", "Prove"])


def answers(command: list[str], pairs: Iterable[tuple[str, str]], folder: Path) -> list[str]:
    """Run a reference over *pairs* and return its lines."""
    text = "".join(f"{first}\t{second}\n" for first, second in pairs)
    if command[0] == "rpm":
        (folder / "pairs").write_text(text)
        command = [command[0], "--define", f"pairs {folder / 'pairs'}", *command[1:]]
        text = ""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line]


def _if(program: str, *words: str, probe: list[str] | None = None) -> list[str] | None:
    if shutil.which(program) is None:
        return None
    if probe is not None and subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        return None
    return [program, *words]
