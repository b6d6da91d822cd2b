"""Facts that are copied into another table stay equal to the row they are of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import Migration
from django.db.migrations import operations as ops
from django.db.migrations.state import ModelState, ProjectState

from madang.db.reference import Reference

pytestmark = pytest.mark.django_db(transaction=True)
Fields = list[tuple[str, Any]]
FACTS = Reference(name="ticket_facts", key="show", facts={"hall": "hall"})


@pytest.fixture
def project(transactional_db: None) -> Iterator[ProjectState]:
    """Shows, and tickets for them, that migrations can change."""
    state = ProjectState()
    key = models.AutoField(primary_key=True)
    unique = models.UniqueConstraint(fields=["id", "hall"], name="show_facts")
    show: Fields = [("id", key), ("hall", models.IntegerField())]
    state.add_model(ModelState("trying", "Show", show, options={"constraints": [unique]}))
    to = models.ForeignKey("trying.Show", models.PROTECT, null=True)
    ticket: Fields = [("id", models.AutoField(primary_key=True)), ("show", to)]
    ticket.append(("hall", models.IntegerField(null=True)))
    state.add_model(ModelState("trying", "Ticket", ticket, options={"constraints": [FACTS]}))
    with connection.schema_editor() as editor:
        editor.create_model(state.apps.get_model("trying", "Show"))
        editor.create_model(state.apps.get_model("trying", "Ticket"))
    yield state
    with connection.schema_editor() as editor:
        for table in ("trying_ticket", "trying_pass", "trying_show"):
            editor.execute(f"DROP TABLE IF EXISTS {table}")


def migrate(state: ProjectState, *operations: object) -> ProjectState:
    """As `migrate` would."""
    migration = type("M", (Migration,), {"operations": list(operations)})("m", "trying")
    with connection.schema_editor(atomic=True) as editor:
        after: ProjectState = migration.apply(state, editor)
        return after


def keeps(state: ProjectState, ticket: str = "Ticket") -> bool:
    """Whether a wrong copy is refused, and a right one follows."""
    shows, tickets = (
        state.apps.get_model("trying", name)._default_manager for name in ("Show", ticket)
    )
    tickets.all().delete()
    show = shows.create(hall=1)
    right = tickets.create(show=show, hall=1)
    tickets.create(show=None, hall=5)
    shows.filter(pk=show.pk).update(hall=2)
    right.refresh_from_db()
    try:
        with transaction.atomic():
            tickets.create(show=show, hall=1)
    except IntegrityError:
        return bool(right.hall == 2)
    return False


def test_it_survives_every_change_of_both_tables(project: ProjectState) -> None:
    assert keeps(project)
    colour = models.IntegerField(default=3)
    state = migrate(project, ops.AddField("Ticket", "colour", colour))
    state = migrate(state, ops.AddField("Show", "colour", colour))
    assert keeps(state)
    state = migrate(state, ops.RenameField("Ticket", "colour", "color"))
    state = migrate(state, ops.RemoveField("Show", "colour"))
    assert keeps(state)
    state = migrate(state, ops.RenameModel("Ticket", "Pass"))
    assert keeps(state, "Pass")
    state = migrate(state, ops.RemoveConstraint("Pass", "ticket_facts"))
    assert not keeps(state, "Pass")
    state.apps.get_model("trying", "Pass")._default_manager.all().delete()
    assert keeps(migrate(state, ops.AddConstraint("Pass", FACTS)), "Pass")


def test_a_reference_is_what_it_says() -> None:
    path, args, kwargs = FACTS.deconstruct()
    again = Reference(*args, **kwargs)
    other = Reference(name="ticket_facts", key="show", facts={})
    assert (path, again) == ("madang.db.reference.Reference", FACTS)
    assert len({again, FACTS}) == 1
    assert (again != other, again != "ticket_facts") == (True, True)
