"""Coordinates of jars that hold no pom.properties; the right answers are those of Maven Central."""

import pytest

from hullscan.detectors.java.names import coordinates, manifest_fields


@pytest.mark.parametrize(
    ("file_name", "artifact", "version"),
    [
        ("guava-27.0-jre.jar", "guava", "27.0-jre"),
        ("foo-1.0-beta-2.jar", "foo", "1.0-beta-2"),
        ("automaton-1.11-8.jar", "automaton", "1.11-8"),
        ("java-cup-runtime-11b-20160615.jar", "java-cup-runtime", "11b-20160615"),
        ("listenablefuture-9999.0-empty-to-avoid-conflict.jar", "listenablefuture", "9999.0-empty-to-avoid-conflict"),
        ("log4j-1.2-api-2.17.1.jar", "log4j-1.2-api", "2.17.1"),
        ("hive-shims-0.23-2.3.7.jar", "hive-shims-0.23", "2.3.7"),
        ("chill_2.12-0.9.5.jar", "chill_2.12", "0.9.5"),
        ("scala-collection-compat_2.13-2.1.1.jar", "scala-collection-compat_2.13", "2.1.1"),
        ("org.eclipse.core.runtime_3.7.1.v20110505.jar", "org.eclipse.core.runtime", "3.7.1.v20110505"),
        ("foo_1.2.3.jar", "foo", "1.2.3"),
        ("tabula-1.0.5-jar-with-dependencies.jar", "tabula", "1.0.5"),
        ("spring-core-5.3.3-sources.jar", "spring-core", "5.3.3"),
        ("netty-transport-native-epoll-4.1.100.Final-linux-x86_64.jar", "netty-transport-native-epoll", "4.1.100.Final"),
        ("javafx-base-17-linux.jar", "javafx-base", "17"),
    ],
)  # fmt: skip
def test_names_of_files(file_name: str, artifact: str, version: str) -> None:
    """Maven's form, and OSGi's; a number within the name, and Scala's version behind it, are none of the version."""
    found = coordinates({}, file_name)

    assert found is not None and found[1:] == ((artifact,), version)


@pytest.mark.parametrize("file_name", ["app.jar", "chill_2.12.jar", "nested_at_10.jar", ".jar"])
def test_names_without_a_version(file_name: str) -> None:
    """Nothing says one, so there is no package; a manifest's version would do."""
    assert coordinates({}, file_name) is None
    assert coordinates({"Implementation-Version": "1.0"}, file_name) == (
        ("", (file_name.removesuffix(".jar"),), "1.0") if file_name != ".jar" else None
    )


@pytest.mark.parametrize(
    ("file_name", "told", "group"),
    [
        ("breeze_2.12-1.0", "Implementation-Vendor-Id: org.scalanlp", "org.scalanlp"),
        ("git-4.0", "Group-Id: org.jenkins-ci.plugins\nImplementation-Title: git", "org.jenkins-ci.plugins"),
        (
            "velocity-1.5",
            "Implementation-Vendor-Id: org.apache\nImplementation-Title: org.apache.velocity",
            "org.apache.velocity",
        ),
        ("ivy-2.4.0", "Bundle-SymbolicName: org.apache.ivy\nImplementation-Title: org.apache.ivy", "org.apache.ivy"),
        ("xz-1.5", "Bundle-SymbolicName: org.tukaani.xz", "org.tukaani"),
        ("scala-xml_2.12-1.2.0", "Bundle-SymbolicName: org.scala-lang.modules.scala-xml", "org.scala-lang.modules"),
        (
            "jackson-module-scala_2.12-2.10.0",
            "Bundle-SymbolicName: com.fasterxml.jackson.module.jackson.module.scala",
            "com.fasterxml.jackson.module",
        ),
        (
            "log4j-core-2.17.1",
            "Bundle-SymbolicName: org.apache.logging.log4j.core;singleton:=true",
            "org.apache.logging.log4j",
        ),
        ("jodd-core-3.5.2", "Bundle-SymbolicName: org.jodd.core", "org.jodd"),
        ("gson-2.2.4", "Bundle-SymbolicName: com.google.gson", "com.google.code.gson"),
        ("libthrift-0.12.0", "Bundle-SymbolicName: org.apache.thrift", "org.apache.thrift"),
        ("commons-lang3-3.10", "Implementation-Vendor-Id: org.apache", "org.apache.commons"),
        ("commons-csv-1.9.0", "", "org.apache.commons"),
        ("commons-daemon-1.0.13", "Implementation-Vendor-Id: org.apache", "commons-daemon"),
        ("jakarta.xml.bind-api-2.3.2", "Bundle-SymbolicName: jakarta.xml.bind-api", "jakarta.xml.bind"),
        ("org.eclipse.sisu.inject-0.3.5", "", "org.eclipse.sisu"),
        ("unheard-of-1.0", "Implementation-Title: A title\nBundle-Name: A name", ""),
        ("unheard-of-1.0", "Automatic-Module-Name: unheard.of", ""),
        ("unheard-of-1.0", "implementation-vendor-id: com.exam\n ple", "com.example"),
        (
            "spring-core-5.3.20",
            "Automatic-Module-Name: spring.core\nImplementation-Title: spring-core",
            "org.springframework",
        ),
        ("spring-boot-2.7.0", "Automatic-Module-Name: spring.boot", "org.springframework.boot"),
        ("spring-boot-admin-server-2.7.0", "", "de.codecentric"),
        ("spring-security-oauth2-2.5.0", "", "org.springframework.security.oauth"),
        ("spring-security-oauth2-client-5.7.0", "", "org.springframework.security"),
        ("spring-mine-1.0", "Implementation-Vendor-Id: com.example", "com.example"),
        ("kafka_2.13-2.8.0", "", "org.apache.kafka"),
        ("okhttp-2.7.5", "", "com.squareup.okhttp"),
        ("okhttp-3.14.9", "Automatic-Module-Name: okhttp3", "com.squareup.okhttp3"),
        ("groovy-3.0.7", "Automatic-Module-Name: org.codehaus.groovy", "org.codehaus.groovy"),
        ("groovy-json-4.0.0", "", "org.apache.groovy"),
        ("mysql-connector-java-8.0.25", "Bundle-SymbolicName: com.mysql.cj", "mysql"),
        ("ant-1.10.9", "Automatic-Module-Name: org.apache.ant", "org.apache.ant"),
    ],
)
def test_groups(file_name: str, told: str, group: str) -> None:
    """What the manifest says is the group, or holds it, or what convention and knowledge say; else none is invented."""
    found = coordinates(manifest_fields(told), file_name + ".jar")

    assert found is not None and found[0] == group


def test_tomcats_own_archives() -> None:
    """Its distribution names them otherwise than Maven Central, without a version; its advisories speak of Central's names."""
    told = {"Implementation-Title": "Apache Tomcat", "Implementation-Version": "9.0.50"}

    assert coordinates(told, "catalina.jar") == ("org.apache.tomcat", ("tomcat-catalina", "tomcat"), "9.0.50")
    assert coordinates(told, "tomcat-coyote.jar") == ("org.apache.tomcat", ("tomcat-coyote",), "9.0.50")
    embedded = ("org.apache.tomcat.embed", ("tomcat-embed-core",), "9.0.50")
    assert coordinates(told, "tomcat-embed-core-9.0.50.jar") == coordinates(told, "tomcat-embed-core.jar") == embedded
