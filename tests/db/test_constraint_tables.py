"""`NoOverlap` through every change of its table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Q

from madang.db.constraints import NoOverlap
from madang.lib.constraints import violated

START = datetime(2027, 3, 4, 1, 0, tzinfo=UTC)
DOCTOR = "reservation_doctor_one_place"
PATIENT = "reservation_patient_one_place"
pytestmark = pytest.mark.django_db


@pytest.fixture
def project(transactional_db: None) -> Iterator[ProjectState]:
    """A table of its own that migrations can change."""
    state = ProjectState()
    state.add_model(
        ModelState(
            "trying",
            "Booth",
            [
                ("id", models.AutoField(primary_key=True)),
                ("owner", models.IntegerField(null=True)),
                ("begins", models.DateTimeField()),
                ("minutes", models.IntegerField(default=30)),
                ("note", models.CharField(max_length=20, default="")),
            ],
            options={
                "constraints": [
                    NoOverlap(
                        name="booth_once",
                        same="owner",
                        start="begins",
                        minutes="minutes",
                        condition=Q(note=""),
                    )
                ]
            },
        )
    )
    yield state
    with connection.schema_editor() as editor:
        for table in ("trying_booth", "trying_stall"):
            editor.execute(f"DROP TABLE IF EXISTS {table}")


def _migrate(state: ProjectState, *operations: object) -> ProjectState:
    from django.db.migrations import Migration

    migration = type("M", (Migration,), {"operations": list(operations)})("m", "trying")
    with connection.schema_editor(atomic=True) as editor:
        after: ProjectState = migration.apply(state, editor)
        return after


def _refuses(state: ProjectState, name: str = "Booth", begins: str = "begins") -> bool:
    booth = state.apps.get_model("trying", name)
    booth.objects.all().delete()
    booth.objects.create(owner=1, **{begins: START})
    booth.objects.create(owner=None, **{begins: START})
    booth.objects.create(owner=None, **{begins: START})
    try:
        with transaction.atomic():
            booth.objects.create(owner=1, **{begins: START + timedelta(minutes=29)})
    except IntegrityError as error:
        return violated(error) == "booth_once"
    return False


@pytest.mark.django_db(transaction=True)
def test_the_constraint_survives_every_change_of_its_table(project: ProjectState) -> None:
    from django.db.migrations import operations as ops

    with connection.schema_editor() as editor:
        editor.create_model(project.apps.get_model("trying", "Booth"))
    assert _refuses(project)
    state = _migrate(
        project, ops.AlterField("Booth", "note", models.CharField(max_length=40, default=""))
    )
    assert _refuses(state)
    state = _migrate(state, ops.AddField("Booth", "colour", models.IntegerField(default=3)))
    assert _refuses(state)
    state = _migrate(state, ops.RemoveField("Booth", "colour"))
    assert _refuses(state)
    state = _migrate(state, ops.RenameModel("Booth", "Stall"))
    assert _refuses(state, "Stall")
    state = _migrate(
        state, ops.AlterField("Stall", "minutes", models.PositiveIntegerField(default=30))
    )
    assert _refuses(state, "Stall")
    state = _migrate(state, ops.RemoveConstraint("Stall", "booth_once"))
    assert not _refuses(state, "Stall")


@pytest.mark.django_db(transaction=True)
def test_adding_the_constraint_judges_the_rows_that_are_there(project: ProjectState) -> None:
    from django.db.migrations import operations as ops

    constraint = project.models["trying", "booth"].options["constraints"].pop()
    with connection.schema_editor() as editor:
        editor.create_model(project.apps.get_model("trying", "Booth"))
    booth = project.apps.get_model("trying", "Booth")
    for _ in range(2):
        booth.objects.create(owner=1, begins=START)
    with pytest.raises(DatabaseError):
        _migrate(project.clone(), ops.AddConstraint("Booth", constraint))
    booth.objects.all().delete()
    assert _refuses(_migrate(project.clone(), ops.AddConstraint("Booth", constraint)))


@pytest.mark.django_db(transaction=True)
def test_a_table_without_a_condition_refuses_every_overlap(project: ProjectState) -> None:
    project.models["trying", "booth"].options["constraints"] = [
        NoOverlap(name="booth_once", same="owner", start="begins", minutes="minutes")
    ]
    with connection.schema_editor() as editor:
        editor.create_model(project.apps.get_model("trying", "Booth"))
    booth = project.apps.get_model("trying", "Booth")
    assert _refuses(project)
    booth.objects.update(note="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        booth.objects.create(owner=1, begins=START)


@pytest.mark.django_db(transaction=True)
def test_rows_that_belong_together_share_their_time(project: ProjectState) -> None:
    booth = project.models["trying", "booth"]
    booth.fields["party"] = models.IntegerField(null=True)
    booth.options["constraints"] = [
        NoOverlap(
            name="booth_once", same="owner", start="begins", minutes="minutes", together="party"
        )
    ]
    with connection.schema_editor() as editor:
        editor.create_model(project.apps.get_model("trying", "Booth"))
    assert _refuses(project)
    rows = project.apps.get_model("trying", "Booth").objects
    rows.all().delete()
    for _ in range(2):
        rows.create(owner=1, begins=START, party=7)
    rows.create(owner=2, begins=START, party=7)
    rows.filter(party=7).update(begins=START + timedelta(minutes=10))
    for other in (8, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.create(owner=1, begins=START, party=other)
    rows.create(owner=3, begins=START, party=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.create(owner=3, begins=START, party=8)
