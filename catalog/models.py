"""The tables of the catalog, for SQLAlchemy 2 and any database that it speaks.

They are `Table`s and not mapped classes: the catalog is written in bulk and asked for
sets, and the command line must not pay for the ORM at every start. `catalog.store` is
the only module that writes them.

Two things keep millions of package rows small and quick to ask. What is installed is
coded by dictionary: one row of `distribution` for each distinct thing, and a pair of
numbers for each place where it is. And what answers is decided when facts are written,
not when they are asked for: see `answers` in `fact` and `environment`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_REVISION = "0001"
"""The newest revision in `migrations/versions`, which this code reads and writes."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _refers(table: str, *, key: bool = False) -> Column[int]:
    """A column that points to the row of another table."""
    target = ForeignKey(f"{table}.id")
    return Column(f"{table}_id", Integer, target, primary_key=key, nullable=False)


def _pairs(name: str, left: str, right: str) -> Table:
    """A table that joins two others, to be asked from either side."""
    return Table(
        name,
        metadata,
        _refers(left, key=True),
        _refers(right, key=True),
        Index(f"ix_{name}_{right}_id", f"{right}_id", f"{left}_id"),
        sqlite_with_rowid=False,
    )


source = Table(
    "source",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(512), nullable=False, unique=True),
    Column("origin", Text, nullable=False),
    Column("revision", String(255), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("licence", String(255), nullable=False),
)

repository = Table(
    "repository",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("registry", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    UniqueConstraint("registry", "name"),
)

account_map = Table(
    "account_map",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    comment="Which account holds an image in each region; many images share one map.",
)

account_map_entry = Table(
    "account_map_entry",
    metadata,
    _refers("account_map", key=True),
    Column("region", String(32), primary_key=True),
    Column("account", String(12), nullable=False),
)

image = Table(
    "image",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(80), unique=True, comment="Null until it is resolved."),
    Column("contents", SmallInteger, nullable=False, index=True, comment="A `facts.Contents`."),
    comment="One platform manifest. Several tags may name it.",
)

tag = Table(
    "tag",
    metadata,
    Column("id", Integer, primary_key=True),
    _refers("repository"),
    Column("name", String(128), nullable=False),
    Column("image_id", Integer, ForeignKey("image.id"), nullable=False, index=True),
    Column("first_seen", Date, nullable=False),
    Column("last_seen", Date, nullable=False),
    UniqueConstraint("repository_id", "name"),
)

layer = Table(
    "layer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(80), nullable=False, unique=True),
    Column("diff_id", String(80), nullable=False),
    Column("compressed_bytes", BigInteger),
    Column("uncompressed_bytes", BigInteger),
)

statement = Table(
    "statement",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_id", Integer, ForeignKey("source.id"), nullable=False, index=True),
    Column("image_id", Integer, ForeignKey("image.id"), nullable=False, index=True),
    Column("evidence", SmallInteger, nullable=False, comment="A `facts.Evidence`."),
    Column("key", Text, nullable=False, comment="Where in the source it stands."),
    Column("as_of", Date, nullable=False),
    Column("account_map_id", Integer, ForeignKey("account_map.id")),
    Column("accounts_complete", Boolean, nullable=False),
    Column("digest", String(80), nullable=False),
    Column("compressed_bytes", BigInteger),
    Column("pushed_at", String(32), nullable=False),
    Column("entrypoint", Text, comment="A JSON list; null if not known."),
    Column("command", Text, comment="A JSON list; null if not known."),
    comment="What one source says about one image.",
)

statement_tag = Table(
    "statement_tag",
    metadata,
    _refers("statement", key=True),
    _refers("tag", key=True),
    Column("position", Integer, nullable=False, comment="0 is what the source names it by."),
    Index("ix_statement_tag_tag_id", "tag_id", "statement_id"),
    sqlite_with_rowid=False,
)

statement_layer = Table(
    "statement_layer",
    metadata,
    _refers("statement", key=True),
    Column("position", Integer, primary_key=True, comment="From the base, 0, upwards."),
    _refers("layer"),
    Index("ix_statement_layer_layer_id", "layer_id"),
)

fact = Table(
    "fact",
    metadata,
    Column("image_id", Integer, ForeignKey("image.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("value", String(255), primary_key=True),
    Column("statement_id", Integer, ForeignKey("statement.id"), primary_key=True, index=True),
    Column("evidence", SmallInteger, nullable=False),
    Column("answers", Boolean, nullable=False, comment="The best known for its kind."),
    Index("ix_fact_kind_value", "kind", "value", "answers", "image_id"),
    sqlite_with_rowid=False,
)

fact_value = Table(
    "fact_value",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("value", String(255), primary_key=True),
    sqlite_with_rowid=False,
    comment="Every value that some fact has or had: few, where facts are many.",
)

component = Table(
    "component",
    metadata,
    Column("statement_id", Integer, ForeignKey("statement.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("version", String(128), primary_key=True),
    Index("ix_component_name_version", "name", "version"),
    sqlite_with_rowid=False,
)


def _settings(name: str) -> Table:
    """A table of names with values out of an image's configuration."""
    return Table(
        name,
        metadata,
        _refers("statement", key=True),
        Column("name", String(255), primary_key=True),
        Column("value", Text, nullable=False),
    )


label = _settings("label")
variable = _settings("variable")

conda_package = Table(
    "conda_package",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(128), nullable=False),
    Column("name", String(128), nullable=False),
    Column("version", String(128), nullable=False),
    Column("build", String(128), nullable=False),
    UniqueConstraint("name", "version", "build", "channel"),
)

distribution = Table(
    "distribution",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True, comment="Hash of all that follows."),
    Column("canonical_name", String(128), nullable=False, comment="PEP 503."),
    Column("name", String(128), nullable=False, comment="As found."),
    Column("version", String(128), nullable=False, comment="As found."),
    Column("pep440", String(128), comment="Normalised; null if it is not such a version."),
    Column("installer", String(64), nullable=False),
    Column("location", Text, nullable=False),
    Column("requires_python", Text, nullable=False),
    Column("requires_dist", Text, nullable=False, comment="A JSON list."),
    Column("conda_package_id", Integer, ForeignKey("conda_package.id"), index=True),
    Index("ix_distribution_canonical_name", "canonical_name", "version"),
    comment="One distinct thing that is installed somewhere.",
)

environment = Table(
    "environment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("statement_id", Integer, ForeignKey("statement.id"), nullable=False, index=True),
    Column("image_id", Integer, ForeignKey("image.id"), nullable=False, index=True),
    Column("evidence", SmallInteger, nullable=False),
    Column("answers", Boolean, nullable=False, comment="No better list overrules it."),
    Column("complete", Boolean, nullable=False, comment="What is not in it is absent."),
    Column("is_default", Boolean, nullable=False),
    Column("python_version", String(32), nullable=False),
    Column("prefix", Text, nullable=False),
    Column("interpreter", Text, nullable=False),
)

environment_distribution = _pairs("environment_distribution", "environment", "distribution")
environment_conda_package = _pairs("environment_conda_package", "environment", "conda_package")

os_package = Table(
    "os_package",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("type", String(8), nullable=False),
    Column("name", String(255), nullable=False),
    Column("version", String(255), nullable=False),
    Column("arch", String(32), nullable=False),
    UniqueConstraint("name", "version", "arch", "type"),
)

statement_os_package = _pairs("statement_os_package", "statement", "os_package")
