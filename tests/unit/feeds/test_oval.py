"""OVAL definitions: what each says of which versions."""

import bz2
from pathlib import Path

from feed_parts import read_part, said_of
from hullscan.model.advisory import Severity, Status

_OVAL = """<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="urn:o" xmlns:l="urn:l">
<generator><oval:timestamp>2026-01-02T03:04:05</oval:timestamp></generator>
<definitions>
 <definition id="oval:x:def:1" class="patch"><metadata><title>ELSA-2099-0001: bind security update (IMPORTANT)</title>
   <reference source="CVE" ref_id="CVE-2099-0008" ref_url="https://example.org/8"/>
   <advisory><severity>IMPORTANT</severity><issued date="2026-01-01"/><cve>CVE-2099-0008</cve></advisory></metadata>
  <criteria operator="AND"><criterion test_ref="t1" comment="Oracle Linux 9 is installed"/>
   <criteria operator="OR"><criteria operator="AND"><criterion test_ref="t2" comment="bind is earlier than 32:9.16-2.el9"/>
     <criterion test_ref="t3" comment="bind is signed with the key"/></criteria>
    <criteria operator="AND"><criterion test_ref="t9" comment="Module nodejs:18 is enabled"/>
     <criterion test_ref="t4" comment="nodejs is earlier than 1:18.2-1"/></criteria></criteria></criteria></definition>
 <definition id="oval:x:def:2" class="vulnerability"><metadata><title>CVE-2099-0009 tar</title>
   <reference source="CVE" ref_id="CVE-2099-0009"/></metadata>
  <criteria operator="OR"><criteria operator="AND"><criterion test_ref="t1" comment="Oracle Linux 9 is installed"/>
   <criterion test_ref="t5" comment="tar is installed"/></criteria></criteria></definition>
 <definition id="oval:x:unaffected:def:3" class="vulnerability"><metadata><title>Unaffected</title></metadata></definition>
 <definition id="oval:x.unaffected:def:4" class="vulnerability"><metadata><title>CVE-2099-0010</title></metadata>
  <criteria operator="AND"><criterion test_ref="t1" comment="Oracle Linux 9 is installed"/>
   <criterion test_ref="t5" comment="tar is installed"/></criteria></definition>
 <definition id="oval:x:def:5" class="vulnerability"><metadata><title>CVE-2099-0011</title></metadata>
  <criteria operator="AND"><criterion test_ref="t1" comment="Oracle Linux 9 is installed"/>
   <criterion test_ref="t6" comment="go is earlier than 1.20"/><criterion test_ref="t7" comment="go is greater than 1.19"/>
   <criterion test_ref="gone" comment="vi is earlier than 9"/></criteria></definition>
</definitions>
<tests>
 <l:rpminfo_test id="t1"><l:object object_ref="o0"/><l:state state_ref="s1"/></l:rpminfo_test>
 <l:rpminfo_test id="t2"><l:object object_ref="o1"/><l:state state_ref="s2"/></l:rpminfo_test>
 <l:rpminfo_test id="t3"><l:object object_ref="o1"/><l:state state_ref="s3"/></l:rpminfo_test>
 <l:rpminfo_test id="t4"><l:object object_ref="o2"/><l:state state_ref="s4"/></l:rpminfo_test>
 <l:rpminfo_test id="t5"><l:object object_ref="o3"/></l:rpminfo_test>
 <l:rpminfo_test id="t6"><l:object object_ref="o4"/><l:state state_ref="s6"/></l:rpminfo_test>
 <l:rpminfo_test id="t7"><l:object object_ref="o4"/><l:state state_ref="s7"/></l:rpminfo_test>
 <l:textfilecontent54_test id="t9"><l:object object_ref="o5"/></l:textfilecontent54_test>
</tests>
<objects><l:rpminfo_object id="o0"><l:name>oraclelinux-release</l:name></l:rpminfo_object>
 <l:rpminfo_object id="o1"><l:name>bind</l:name></l:rpminfo_object>
 <l:rpminfo_object id="o2"><l:name>nodejs</l:name></l:rpminfo_object>
 <l:rpminfo_object id="o3"><l:name>tar</l:name></l:rpminfo_object>
 <l:rpminfo_object id="o4"><l:name>go</l:name></l:rpminfo_object></objects>
<states><l:rpminfo_state id="s1"><l:version operation="pattern match">^9</l:version></l:rpminfo_state>
 <l:rpminfo_state id="s2"><l:evr operation="less than">32:9.16-2.el9</l:evr></l:rpminfo_state>
 <l:rpminfo_state id="s3"><l:signature_keyid>ab</l:signature_keyid></l:rpminfo_state>
 <l:rpminfo_state id="s4"><l:evr operation="less than">1:18.2-1</l:evr></l:rpminfo_state>
 <l:rpminfo_state id="s6"><l:evr operation="less than">0:1.20-1</l:evr></l:rpminfo_state>
 <l:rpminfo_state id="s7"><l:evr operation="greater than">0:1.19-1</l:evr></l:rpminfo_state></states>
</oval_definitions>"""


def test_oval(tmp_path: Path) -> None:
    """Releases and modules of a branch hold for the packages below it; bounds of one package in one AND are one range."""
    advisories, problems = read_part(tmp_path, "oval/oracle/elsa.xml.bz2", bz2.compress(_OVAL.encode()))

    update, unfixed, ranged = (advisories[name] for name in ("ELSA-2099-0001", "oval:x:def:2", "oval:x:def:5"))
    assert sorted(advisories) == ["ELSA-2099-0001", "oval:x:def:2", "oval:x:def:5"]
    assert (update.flaws, update.severity) == (("CVE-2099-0008",), Severity.HIGH)
    bind, node = update.affected
    assert (bind.ecosystem, bind.name, bind.module, node.name, node.module) == (
        "Oracle Linux:9", "bind", "", "nodejs", "nodejs:18",
    )  # fmt: skip
    assert said_of(bind, "32:9.16-1.el9") == (Status.AFFECTED, "32:9.16-2.el9")
    assert said_of(bind, "32:9.16-2.el9") == (None, "")
    assert said_of(unfixed.affected[0], "99-1") == (Status.AFFECTED, "")
    assert [said_of(ranged.affected[0], version)[0] for version in ("1.18-1", "1.19.5-1", "1.20-1")] == [
        None,
        Status.AFFECTED,
        None,
    ]
    assert unfixed.modified is None
    assert ["gone" in problem.message for problem in problems] == [True]


_BRANCH = """<criteria operator="AND"><criterion test_ref="t0" comment="Oracle Linux arch is {arch}"/>
 <criteria operator="OR"><criteria operator="AND"><criterion test_ref="{test}" comment="bind is earlier than"/></criteria>
 <criteria operator="AND"><criterion test_ref="t6" comment="go is earlier than"/></criteria></criteria></criteria>"""


def test_architectures_that_are_fixed_apart(tmp_path: Path) -> None:
    """What differs stands under the architecture, what is the same for both stands once (vulsio/goval-dictionary#125)."""
    branches = _BRANCH.format(arch="aarch64", test="t2") + _BRANCH.format(arch="x86_64", test="t8")
    criteria = f"""<criteria operator="AND"><criterion test_ref="t1" comment="Oracle Linux 9 is installed"/>
     <criteria operator="OR">{branches}</criteria></criteria>"""
    text = f"""<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:l="urn:l"><definitions>
     <definition id="oval:x:def:1" class="patch"><metadata><title>ELSA-2099-0001: x</title></metadata>{criteria}</definition>
     </definitions>{_OVAL.partition("</definitions>")[2]}"""
    text = text.replace(
        "</tests>",
        '<l:rpminfo_test id="t8"><l:object object_ref="o1"/><l:state state_ref="s8"/></l:rpminfo_test></tests>',
    )
    text = text.replace(
        "</states>",
        '<l:rpminfo_state id="s8"><l:evr operation="less than">32:9.16-1.el9</l:evr></l:rpminfo_state></states>',
    )
    advisories, _ = read_part(tmp_path, "oval/oracle/elsa.xml.bz2", bz2.compress(text.encode()))

    assert [
        (one.ecosystem, one.name, one.ranges[0].events[-1].version) for one in advisories["ELSA-2099-0001"].affected
    ] == [
        ("Oracle Linux:9/aarch64", "bind", "32:9.16-2.el9"),
        ("Oracle Linux:9", "go", "0:1.20-1"),
        ("Oracle Linux:9/x86_64", "bind", "32:9.16-1.el9"),
    ]
