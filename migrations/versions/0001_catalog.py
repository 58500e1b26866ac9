"""The catalog of images, what is in them and who says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up to this revision."""
    op.create_table(
        "account_map",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_map")),
        sa.UniqueConstraint("key", name=op.f("uq_account_map_key")),
        comment="Which account holds an image in each region; many images share one map.",
    )
    op.create_table(
        "conda_package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("build", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conda_package")),
        sa.UniqueConstraint(
            "name",
            "version",
            "build",
            "channel",
            name=op.f("uq_conda_package_name_version_build_channel"),
        ),
    )
    op.create_table(
        "fact_value",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_fact_value")),
        comment="Every value that some fact has or had: few, where facts are many.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "image",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "digest", sa.String(length=80), nullable=True, comment="Null until it is resolved."
        ),
        sa.Column("contents", sa.SmallInteger(), nullable=False, comment="A `facts.Contents`."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
        sa.UniqueConstraint("digest", name=op.f("uq_image_digest")),
        comment="One platform manifest. Several tags may name it.",
    )
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_image_contents"), ["contents"], unique=False)

    op.create_table(
        "layer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("diff_id", sa.String(length=80), nullable=False),
        sa.Column("compressed_bytes", sa.BigInteger(), nullable=True),
        sa.Column("uncompressed_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer")),
        sa.UniqueConstraint("digest", name=op.f("uq_layer_digest")),
    )
    op.create_table(
        "os_package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("arch", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_os_package")),
        sa.UniqueConstraint(
            "name", "version", "arch", "type", name=op.f("uq_os_package_name_version_arch_type")
        ),
    )
    op.create_table(
        "repository",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registry", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository")),
        sa.UniqueConstraint("registry", "name", name=op.f("uq_repository_registry_name")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("revision", sa.String(length=255), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("licence", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_table(
        "account_map_entry",
        sa.Column("account_map_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_map_id"], ["account_map.id"], name=op.f("fk_account_map_entry_account_map_id")
        ),
        sa.PrimaryKeyConstraint("account_map_id", "region", name=op.f("pk_account_map_entry")),
    )
    op.create_table(
        "distribution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False, comment="Hash of all that follows."),
        sa.Column("canonical_name", sa.String(length=128), nullable=False, comment="PEP 503."),
        sa.Column("name", sa.String(length=128), nullable=False, comment="As found."),
        sa.Column("version", sa.String(length=128), nullable=False, comment="As found."),
        sa.Column(
            "pep440",
            sa.String(length=128),
            nullable=True,
            comment="Normalised; null if it is not such a version.",
        ),
        sa.Column("installer", sa.String(length=64), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("requires_python", sa.Text(), nullable=False),
        sa.Column("requires_dist", sa.Text(), nullable=False, comment="A JSON list."),
        sa.Column("conda_package_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conda_package_id"],
            ["conda_package.id"],
            name=op.f("fk_distribution_conda_package_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distribution")),
        sa.UniqueConstraint("key", name=op.f("uq_distribution_key")),
        comment="One distinct thing that is installed somewhere.",
    )
    with op.batch_alter_table("distribution", schema=None) as batch_op:
        batch_op.create_index(
            "ix_distribution_canonical_name", ["canonical_name", "version"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_distribution_conda_package_id"), ["conda_package_id"], unique=False
        )

    op.create_table(
        "statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.SmallInteger(), nullable=False, comment="A `facts.Evidence`."),
        sa.Column("key", sa.Text(), nullable=False, comment="Where in the source it stands."),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("account_map_id", sa.Integer(), nullable=True),
        sa.Column("accounts_complete", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("compressed_bytes", sa.BigInteger(), nullable=True),
        sa.Column("pushed_at", sa.String(length=32), nullable=False),
        sa.Column(
            "entrypoint", sa.Text(), nullable=True, comment="A JSON list; null if not known."
        ),
        sa.Column("command", sa.Text(), nullable=True, comment="A JSON list; null if not known."),
        sa.ForeignKeyConstraint(
            ["account_map_id"], ["account_map.id"], name=op.f("fk_statement_account_map_id")
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_statement_image_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_statement_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        comment="What one source says about one image.",
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_image_id"), ["image_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_source_id"), ["source_id"], unique=False)

    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("repository_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("last_seen", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_tag_image_id")),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_tag_repository_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("repository_id", "name", name=op.f("uq_tag_repository_id_name")),
    )
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tag_image_id"), ["image_id"], unique=False)

    op.create_table(
        "component",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_component_statement_id")
        ),
        sa.PrimaryKeyConstraint("statement_id", "name", "version", name=op.f("pk_component")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("component", schema=None) as batch_op:
        batch_op.create_index("ix_component_name_version", ["name", "version"], unique=False)

    op.create_table(
        "environment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.SmallInteger(), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False, comment="No better list overrules it."),
        sa.Column("complete", sa.Boolean(), nullable=False, comment="What is not in it is absent."),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("python_version", sa.String(length=32), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("interpreter", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_environment_image_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_environment_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environment")),
    )
    with op.batch_alter_table("environment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_environment_image_id"), ["image_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_environment_statement_id"), ["statement_id"], unique=False
        )

    op.create_table(
        "fact",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.SmallInteger(), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False, comment="The best known for its kind."),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_fact_image_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_fact_statement_id")
        ),
        sa.PrimaryKeyConstraint("image_id", "kind", "value", "statement_id", name=op.f("pk_fact")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.create_index(
            "ix_fact_kind_value", ["kind", "value", "answers", "image_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_fact_statement_id"), ["statement_id"], unique=False)

    op.create_table(
        "label",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_label_statement_id")
        ),
        sa.PrimaryKeyConstraint("statement_id", "name", name=op.f("pk_label")),
    )
    op.create_table(
        "statement_layer",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="From the base, 0, upwards."),
        sa.Column("layer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["layer_id"], ["layer.id"], name=op.f("fk_statement_layer_layer_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_layer_statement_id")
        ),
        sa.PrimaryKeyConstraint("statement_id", "position", name=op.f("pk_statement_layer")),
    )
    with op.batch_alter_table("statement_layer", schema=None) as batch_op:
        batch_op.create_index("ix_statement_layer_layer_id", ["layer_id"], unique=False)

    op.create_table(
        "statement_os_package",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("os_package_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["os_package_id"], ["os_package.id"], name=op.f("fk_statement_os_package_os_package_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_os_package_statement_id")
        ),
        sa.PrimaryKeyConstraint(
            "statement_id", "os_package_id", name=op.f("pk_statement_os_package")
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("statement_os_package", schema=None) as batch_op:
        batch_op.create_index(
            "ix_statement_os_package_os_package_id", ["os_package_id", "statement_id"], unique=False
        )

    op.create_table(
        "statement_tag",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column(
            "position", sa.Integer(), nullable=False, comment="0 is what the source names it by."
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_tag_statement_id")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_statement_tag_tag_id")),
        sa.PrimaryKeyConstraint("statement_id", "tag_id", name=op.f("pk_statement_tag")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("statement_tag", schema=None) as batch_op:
        batch_op.create_index("ix_statement_tag_tag_id", ["tag_id", "statement_id"], unique=False)

    op.create_table(
        "variable",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_variable_statement_id")
        ),
        sa.PrimaryKeyConstraint("statement_id", "name", name=op.f("pk_variable")),
    )
    op.create_table(
        "environment_conda_package",
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("conda_package_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conda_package_id"],
            ["conda_package.id"],
            name=op.f("fk_environment_conda_package_conda_package_id"),
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_environment_conda_package_environment_id"),
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "conda_package_id", name=op.f("pk_environment_conda_package")
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("environment_conda_package", schema=None) as batch_op:
        batch_op.create_index(
            "ix_environment_conda_package_conda_package_id",
            ["conda_package_id", "environment_id"],
            unique=False,
        )

    op.create_table(
        "environment_distribution",
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("distribution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["distribution_id"],
            ["distribution.id"],
            name=op.f("fk_environment_distribution_distribution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_environment_distribution_environment_id"),
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "distribution_id", name=op.f("pk_environment_distribution")
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("environment_distribution", schema=None) as batch_op:
        batch_op.create_index(
            "ix_environment_distribution_distribution_id",
            ["distribution_id", "environment_id"],
            unique=False,
        )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table("environment_distribution", schema=None) as batch_op:
        batch_op.drop_index("ix_environment_distribution_distribution_id")

    op.drop_table("environment_distribution")
    with op.batch_alter_table("environment_conda_package", schema=None) as batch_op:
        batch_op.drop_index("ix_environment_conda_package_conda_package_id")

    op.drop_table("environment_conda_package")
    op.drop_table("variable")
    with op.batch_alter_table("statement_tag", schema=None) as batch_op:
        batch_op.drop_index("ix_statement_tag_tag_id")

    op.drop_table("statement_tag")
    with op.batch_alter_table("statement_os_package", schema=None) as batch_op:
        batch_op.drop_index("ix_statement_os_package_os_package_id")

    op.drop_table("statement_os_package")
    with op.batch_alter_table("statement_layer", schema=None) as batch_op:
        batch_op.drop_index("ix_statement_layer_layer_id")

    op.drop_table("statement_layer")
    op.drop_table("label")
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fact_statement_id"))
        batch_op.drop_index("ix_fact_kind_value")

    op.drop_table("fact")
    with op.batch_alter_table("environment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_environment_statement_id"))
        batch_op.drop_index(batch_op.f("ix_environment_image_id"))

    op.drop_table("environment")
    with op.batch_alter_table("component", schema=None) as batch_op:
        batch_op.drop_index("ix_component_name_version")

    op.drop_table("component")
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tag_image_id"))

    op.drop_table("tag")
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_source_id"))
        batch_op.drop_index(batch_op.f("ix_statement_image_id"))

    op.drop_table("statement")
    with op.batch_alter_table("distribution", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_distribution_conda_package_id"))
        batch_op.drop_index("ix_distribution_canonical_name")

    op.drop_table("distribution")
    op.drop_table("account_map_entry")
    op.drop_table("source")
    op.drop_table("repository")
    op.drop_table("os_package")
    op.drop_table("layer")
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_image_contents"))

    op.drop_table("image")
    op.drop_table("fact_value")
    op.drop_table("conda_package")
    op.drop_table("account_map")
