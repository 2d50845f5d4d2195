"""Every way the package says no, met at the front door."""

import datetime as dt
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from command_line import THREE, CommandLine
from debate import DebateError, errors
from debate.provenance import canonical_json
from debate.scoring.calibration import Calibration
from debate.store import Store
from openai_server import BatchFault, Fault, Server, faults

ALWAYS = float("inf")
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
SUBMIT = ("submit", "--title", "A sound title", "--targets")


def drawn(kind: type[DebateError], indent: str = "") -> Iterator[str]:
    """Yield the tree of errors below a class, as the module's docstring draws it."""
    below = kind.__subclasses__()
    for number, each in enumerate(below, start=1):
        last = number == len(below)
        yield f"{indent}{'└─' if last else '├─'} {each.__name__}"
        yield from drawn(each, indent + ("   " if last else "│  "))


def leaves(kind: type[DebateError] = DebateError) -> Iterator[type[DebateError]]:
    """Yield the errors that are raised themselves: those without a kind below them."""
    for each in kind.__subclasses__():
        yield from leaves(each) if each.__subclasses__() else (each,)


def debated(cli: CommandLine, *argv: object, **env: str) -> str:
    """Return all that a run over one hypothesis says."""
    run = cli("run", cli.rows(THREE[0]), "--json", *argv, env=env)
    return run.out + run.err


def answered(cli: CommandLine, server: Server, answer: object) -> str:
    """Return all that a run says at a server that answers nothing else."""
    server.script(answer, times=ALWAYS)
    return debated(cli)


def edited(cli: CommandLine, sql: str, *values: object) -> None:
    """Change a store behind the command's back."""
    with closing(sqlite3.connect(cli.folder / "scores.db")) as store, store:
        store.execute(sql, values)


def batched(cli: CommandLine, server: Server) -> str:
    """Return what a run says whose batch is refused."""
    server.batches.script(BatchFault.BILLING)
    return debated(cli, "--via", "batch", DEBATE_BATCH_POLL="0.05")


def of_other_weights(cli: CommandLine) -> str:
    """Return what is said where the calibration was fitted under other weights."""
    debated(cli)
    ((record,),) = cli.query("SELECT record FROM calibrations")
    fitted = Calibration.model_validate_json(record)
    other = fitted.model_copy(update={"weights": fitted.weights[::-1]})
    edited(cli, "DELETE FROM outcomes")
    edited(cli, "UPDATE calibrations SET id = ?, record = ?", other.id, canonical_json(other))
    return cli("rescore").err


def of_the_future(cli: CommandLine) -> str:
    """Return what is said of a store that a later version wrote."""
    cli(*SUBMIT, "SIRT1")
    edited(cli, "UPDATE schema_version SET version_num = '9999'")
    return cli("leaderboard").err


def of_another_writer(cli: CommandLine) -> str:
    """Return what is said of a store into which another program is writing."""
    cli(*SUBMIT, "SIRT1")
    where = cli.folder / "scores.db"
    with closing(sqlite3.connect(where, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(errors.StoreBusy) as caught, Store(where, busy_timeout_s=0.05) as store:
            store.runs.begin("r-1", settings={}, at=NOW).wait()
    return str(caught.value)


MET: dict[type[DebateError], Callable[[CommandLine, Server], str]] = {
    errors.HypothesisInvalid: lambda cli, _: cli("submit").err,
    errors.TargetUnknown: lambda cli, _: cli(*SUBMIT, "calibration").err,
    errors.TargetAmbiguous: lambda cli, _: cli(*SUBMIT, "RAGE").err,
    errors.DefinitionInvalid: lambda cli, _: cli("run", "--agents", "absent").err,
    errors.SettingsError: lambda cli, _: cli("run", "--in-flight", "0").err,
    errors.ModelUnavailable: lambda cli, server: answered(
        cli, server, lambda: faults.refusal(403, "not for this key")
    ),
    errors.EndpointDown: lambda cli, server: answered(cli, server, lambda: faults.busy("86400")),
    errors.BatchRefused: batched,
    errors.ReplyUnreadable: lambda cli, server: answered(cli, server, Fault.PROSE),
    errors.ReplyTruncated: lambda cli, server: answered(cli, server, Fault.TRUNCATED),
    errors.ReplyRefused: lambda cli, server: answered(cli, server, Fault.REFUSAL),
    errors.BudgetExhausted: lambda cli, _: debated(cli, "--max-tokens", 10),
    errors.HypothesisBudgetExhausted: lambda cli, _: debated(cli, DEBATE_MAX_TOKENS_EACH="10"),
    errors.ScoringError: lambda cli, _: of_other_weights(cli),
    errors.StoreBusy: lambda cli, _: of_another_writer(cli),
    errors.StoreTooNew: lambda cli, _: of_the_future(cli),
    errors.NotFound: lambda cli, _: cli(*SUBMIT, "SIRT1").err + cli("show", "h-absent").err,
}
"""How each error is met."""


@pytest.mark.parametrize("kind", MET, ids=lambda kind: kind.__name__)
def test_each_is_met_with_its_cure(
    cli: CommandLine, server: Server, kind: type[DebateError]
) -> None:
    """Whoever meets an error reads what it is, with which input, why, and what to do."""
    said = MET[kind](cli, server)

    name = kind.code.replace("-", " ")
    assert re.search(rf"{name} \([^)]+.*\): \S.*\. [A-Z\"].*", said)
    assert "Traceback" not in said


def test_none_is_forgotten() -> None:
    """Every error that can be raised is met above; evidence sources are still to come."""
    assert set(leaves()) - set(MET) == {errors.SourceError}


def test_the_tree_is_drawn_as_it_is() -> None:
    """The tree in the module's docstring is that of the classes."""
    tree = (errors.__doc__ or "").partition("\n\n")[2].rstrip()

    assert tree == "\n".join(["DebateError", *drawn(DebateError)])


def test_codes_tell_errors_apart() -> None:
    """No two errors share a code, save a cap that is reached by one hypothesis or by all."""
    codes = [kind.code for kind in leaves()]

    assert len(set(codes)) == len(codes)
    assert errors.HypothesisBudgetExhausted.code == errors.BudgetExhausted.code
