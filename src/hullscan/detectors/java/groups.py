"""
Groups of artifacts whose jars do not say them: no ``pom.properties``, and a manifest that says something else or nothing.

Rule: Maven Central. What is built by Maven holds its coordinates; these are built by Gradle, sbt, Bazel or Ant.
"""

from typing import Final

from hullscan.patterns import pattern

_EXACT: Final = {
    "activation": "javax.activation",
    "aopalliance": "aopalliance",
    "arpack_combined_all": "net.sourceforge.f2j",
    "automaton": "dk.brics.automaton",
    "bson": "org.mongodb",
    "clojure": "org.clojure",
    "connect-api": "org.apache.kafka",
    "connect-json": "org.apache.kafka",
    "connect-runtime": "org.apache.kafka",
    "connect-transforms": "org.apache.kafka",
    "elasticsearch-rest-client": "org.elasticsearch.client",
    "elasticsearch-rest-high-level-client": "org.elasticsearch.client",
    "freemarker": "org.freemarker",
    "graphql-java": "com.graphql-java",
    "gson": "com.google.code.gson",
    "guava": "com.google.guava",
    "guice": "com.google.inject",
    "guice-servlet": "com.google.inject.extensions",
    "hsqldb": "org.hsqldb",
    "jackson-core-asl": "org.codehaus.jackson",
    "jackson-mapper-asl": "org.codehaus.jackson",
    "javax.inject": "javax.inject",
    "jdom2": "org.jdom",
    "jna": "net.java.dev.jna",
    "jna-platform": "net.java.dev.jna",
    "jsch": "com.jcraft",
    "jsp-api": "javax.servlet.jsp",
    "jsr305": "com.google.code.findbugs",
    "junit": "junit",
    "lettuce-core": "io.lettuce",
    "libfb303": "org.apache.thrift",
    "libthrift": "org.apache.thrift",
    "log4j": "log4j",
    "logging-interceptor": "com.squareup.okhttp3",
    "lz4-java": "org.lz4",
    "mongo-java-driver": "org.mongodb",
    "mssql-jdbc": "com.microsoft.sqlserver",
    "mysql-connector-j": "com.mysql",
    "mysql-connector-java": "mysql",
    "nekohtml": "net.sourceforge.nekohtml",
    "opensearch-rest-client": "org.opensearch.client",
    "oro": "oro",
    "rhino": "org.mozilla",
    "scala-compiler": "org.scala-lang",
    "scala-library": "org.scala-lang",
    "scala-reflect": "org.scala-lang",
    "serializer": "xalan",
    "shapeless": "com.chuusai",
    "RoaringBitmap": "org.roaringbitmap",
    "snappy-java": "org.xerial.snappy",
    "spring-binding": "org.springframework.webflow",
    "spring-rabbit": "org.springframework.amqp",
    "spring-security-oauth": "org.springframework.security.oauth",
    "spring-security-oauth2": "org.springframework.security.oauth",
    "spring-webflow": "org.springframework.webflow",
    "spring-xml": "org.springframework.ws",
    "stax-api": "stax",
    "unboundid-ldapsdk": "com.unboundid",
    "xalan": "xalan",
    "xercesImpl": "xerces",
    "xml-apis": "xml-apis",
}

_FAMILIES: Final = {
    "akka": "com.typesafe.akka",
    "ant": "org.apache.ant",
    "armeria": "com.linecorp.armeria",
    "asm": "asm",
    "bcmail": "org.bouncycastle",
    "bcpg": "org.bouncycastle",
    "bcpkix": "org.bouncycastle",
    "bcprov": "org.bouncycastle",
    "bctls": "org.bouncycastle",
    "bcutil": "org.bouncycastle",
    "circe": "io.circe",
    "derby": "org.apache.derby",
    "dom4j": "dom4j",
    "elasticsearch": "org.elasticsearch",
    "flyway": "org.flywaydb",
    "groovy": "org.codehaus.groovy",
    "grpc": "io.grpc",
    "gwt": "com.google.gwt",
    "http4s": "org.http4s",
    "json4s": "org.json4s",
    "junit-jupiter": "org.junit.jupiter",
    "junit-platform": "org.junit.platform",
    "kafka": "org.apache.kafka",
    "kotlin": "org.jetbrains.kotlin",
    "kotlinx": "org.jetbrains.kotlinx",
    "ktor": "io.ktor",
    "lucene": "org.apache.lucene",
    "micrometer": "io.micrometer",
    "micronaut": "io.micronaut",
    "micronaut-security": "io.micronaut.security",
    "mockito": "org.mockito",
    "mongodb-driver": "org.mongodb",
    "neo4j": "org.neo4j",
    "okhttp": "com.squareup.okhttp",
    "okio": "com.squareup.okio",
    "opencensus": "io.opencensus",
    "opensearch": "org.opensearch",
    "opentelemetry": "io.opentelemetry",
    "pekko": "org.apache.pekko",
    "play": "com.typesafe.play",
    "protobuf": "com.google.protobuf",
    "ratpack": "io.ratpack",
    "reactor": "io.projectreactor",
    "reactor-netty": "io.projectreactor.netty",
    "retrofit": "com.squareup.retrofit",
    "selenium": "org.seleniumhq.selenium",
    "solr": "org.apache.solr",
    "spray": "io.spray",
    "spring": "org.springframework",
    "spring-amqp": "org.springframework.amqp",
    "spring-batch": "org.springframework.batch",
    "spring-boot": "org.springframework.boot",
    "spring-boot-admin": "de.codecentric",
    "spring-cloud": "org.springframework.cloud",
    "spring-data": "org.springframework.data",
    "spring-graphql": "org.springframework.graphql",
    "spring-hateoas": "org.springframework.hateoas",
    "spring-integration": "org.springframework.integration",
    "spring-kafka": "org.springframework.kafka",
    "spring-ldap": "org.springframework.ldap",
    "spring-modulith": "org.springframework.modulith",
    "spring-plugin": "org.springframework.plugin",
    "spring-pulsar": "org.springframework.pulsar",
    "spring-restdocs": "org.springframework.restdocs",
    "spring-retry": "org.springframework.retry",
    "spring-security": "org.springframework.security",
    "spring-session": "org.springframework.session",
    "spring-social": "org.springframework.social",
    "spring-shell": "org.springframework.shell",
    "spring-statemachine": "org.springframework.statemachine",
    "spring-vault": "org.springframework.vault",
    "spring-ws": "org.springframework.ws",
    "tomcat": "org.apache.tomcat",
    "tomcat-embed": "org.apache.tomcat.embed",
    "zookeeper": "org.apache.zookeeper",
}
"""Beginnings of names, up to a dash, that one project uses for its artifacts; the longest counts."""

_MOVED: Final = {
    "com.squareup.okhttp": (3, "com.squareup.okhttp3"),
    "com.squareup.retrofit": (2, "com.squareup.retrofit2"),
    "org.codehaus.groovy": (4, "org.apache.groovy"),
    "asm": (4, "org.ow2.asm"),
    "dom4j": (2, "org.dom4j"),
}
"""Groups that were left with a major version, and where to."""

_MAJOR: Final = pattern(r"\d+")

_TOMCAT: Final = {
    "annotations-api": ("tomcat-annotations-api",),
    "catalina": ("tomcat-catalina", "tomcat"),
    "catalina-ant": ("tomcat-catalina-ant",),
    "catalina-ha": ("tomcat-catalina-ha",),
    "catalina-ssi": ("tomcat-ssi",),
    "catalina-storeconfig": ("tomcat-storeconfig",),
    "catalina-tribes": ("tomcat-tribes",),
    "el-api": ("tomcat-el-api",),
    "jasper": ("tomcat-jasper",),
    "jasper-el": ("tomcat-jasper-el",),
    "jaspic-api": ("tomcat-jaspic-api",),
    "jsp-api": ("tomcat-jsp-api",),
    "servlet-api": ("tomcat-servlet-api",),
    "websocket-api": ("tomcat-websocket-api",),
    "websocket-client-api": ("tomcat-websocket-client-api",),
}
"""Archives of Tomcat's own distribution → artifacts of Maven Central; the server's is the distribution itself, too."""


def exact_group(artifact: str, version: str) -> str:
    """Return the group of an artifact that is known by its whole name, "" for others."""
    return _at(_EXACT.get(artifact, ""), version)


def family_group(artifact: str, version: str) -> str:
    """Return the group of the project that calls its artifacts like this one, "" if none does."""
    beginning = artifact
    while beginning and beginning not in _FAMILIES:
        beginning = beginning.rpartition("-")[0]
    return _at(_FAMILIES.get(beginning, ""), version)


def tomcat_artifacts(artifact: str) -> tuple[str, ...]:
    """Return what an archive of Tomcat's distribution is called in Maven Central, nothing if it has that name already."""
    return _TOMCAT.get(artifact, ())


def _at(group: str, version: str) -> str:
    since, moved = _MOVED.get(group, (0, ""))
    major = _MAJOR.match(version)
    return moved if moved and major is not None and int(major[0]) >= since else group
