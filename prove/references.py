"""
The ecosystems' own implementations, each a program that reads pairs and prints how they compare.

A line in is ``first TAB second``, a line out -1, 0, 1, or ? for a text that it refuses. Packages of Debian have them all but
one: NuGet.Versioning is read from a ``nuget.exe`` (version 4 or later) by Mono; PROVE_NUGET says where it is.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
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

_JVM: Final = r"""
import java.io.*;
public class ProveJvm {
  public static void main(String[] words) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false);
    for (String line; (line = in.readLine()) != null; ) {
      String[] two = line.split("\t");
      try {
        Runtime.Version one = Runtime.Version.parse(two[0]), other = Runtime.Version.parse(two[1]);
        out.println(Integer.signum(one.compareToIgnoreOptional(other)));
      } catch (IllegalArgumentException error) {
        out.println("?");
      }
    }
    out.flush();
  }
}
"""

_PHP: Final = r"""
require "Composer/Semver/autoload.php";
use Composer\Semver\Comparator;
$parser = new Composer\Semver\VersionParser();
while (($line = fgets(STDIN)) !== false) {
  [$a, $b] = explode("\t", rtrim($line, "\n"));
  try {
    $a = $parser->normalize($a);
    $b = $parser->normalize($b);
  } catch (UnexpectedValueException $error) {
    echo "?\n";
    continue;
  }
  echo Comparator::lessThan($a, $b) ? -1 : (Comparator::greaterThan($a, $b) ? 1 : 0), "\n";
}
"""

_CSHARP: Final = r"""
using System;
using System.Collections.Generic;
using System.Reflection;
using System.Text;
class ProveNuGet {
  static void Main(string[] words) {
    Type type = Assembly.LoadFrom(words[0]).GetType("NuGet.Versioning.NuGetVersion", true);
    MethodInfo parse = type.GetMethod("TryParse", new[] { typeof(string), type.MakeByRefType() });
    Func<string, IComparable> read = text => {
      object[] given = { text, null };
      return (bool)parse.Invoke(null, given) ? (IComparable)given[1] : null;
    };
    var lines = new StringBuilder();
    for (string line; (line = Console.In.ReadLine()) != null; ) {
      string[] two = line.Split('\t');
      IComparable a = read(two[0]), b = read(two[1]);
      lines.Append(a == null || b == null ? "?" : Math.Sign(a.CompareTo(b)).ToString()).Append('\n');
    }
    Console.Out.Write(lines);
  }
}
"""

_MAVEN_JARS: Final = Path("/usr/share/maven/lib")
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
    what, command = _REFERENCES[scheme]
    return Reference(what, command(folder))


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


def _dpkg(folder: Path) -> list[str] | None:
    return _if("perl", "-e", _PERL, probe=["perl", "-MDpkg::Version", "-e1"])


def _npm(folder: Path) -> list[str] | None:
    found = next((path for path in _SEMVER if path.exists()), None)
    return _if("node", "-e", _NODE, str(found)) if found else None


def _composer(folder: Path) -> list[str] | None:
    return _if("php", "-r", _PHP, probe=["php", "-r", 'require "Composer/Semver/autoload.php";'])


def _maven(folder: Path) -> list[str] | None:
    jars = sorted(_MAVEN_JARS.glob("maven-artifact-*.jar"))
    if not jars:
        return None
    path = ":".join(str(jar) for jar in (*jars, *_MAVEN_JARS.glob("commons-lang3*.jar")))
    return _java("Prove", _JAVA, folder, path)


def _jvm(folder: Path) -> list[str] | None:
    return _java("ProveJvm", _JVM, folder, "")


def _java(name: str, program: str, folder: Path, path: str) -> list[str] | None:
    if shutil.which("javac") is None:
        return None
    (folder / f"{name}.java").write_text(program)
    subprocess.run(["javac", "-cp", path, "-d", str(folder), str(folder / f"{name}.java")], check=True)
    return ["java", "-cp", f"{folder}:{path}", name]


def _nuget(folder: Path) -> list[str] | None:
    given = os.environ.get("PROVE_NUGET", "")
    if not given or shutil.which("mcs") is None or shutil.which("mono") is None:
        return None
    (folder / "ProveNuGet.cs").write_text(_CSHARP)
    program = str(folder / "ProveNuGet.exe")
    subprocess.run(["mcs", f"-out:{program}", str(folder / "ProveNuGet.cs")], check=True)
    return ["mono", program, str(Path(given).absolute())]


_REFERENCES: Final[dict[str, tuple[str, Callable[[Path], list[str] | None]]]] = {
    "dpkg": ("Dpkg::Version of dpkg-dev", _dpkg),
    "rpm": ("rpmvercmp of rpm", lambda folder: _if("rpm", "--eval", _RPM)),
    "pep440": ("packaging", lambda folder: [sys.executable, "-c", _PYTHON]),
    "npm": ("npm's semver", _npm),
    "gem": ("Gem::Version of Ruby", lambda folder: _if("ruby", "-e", _RUBY)),
    "maven": ("ComparableVersion of Maven", _maven),
    "composer": ("Composer\\Semver", _composer),
    "nuget": ("NuGet.Versioning of a nuget.exe (PROVE_NUGET)", _nuget),
    "jvm": ("Runtime.Version of a JDK", _jvm),
}
