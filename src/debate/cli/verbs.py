"""The verbs: options in, results on standard output, all else on standard error.

Exit status: 0 every hypothesis has a score; 2 wrong use, or nothing readable; 3 finished, some
unscored; 4 stopped early and resumable, or the store is busy; 130 interrupted.
"""

import sys

import click

from debate.cli.checking import contest, doctor, rescore, targets, verify
from debate.cli.intake import check, run, submit
from debate.cli.options import INTERRUPTED, SCORED, STOPPED, WRONG_USE
from debate.cli.panel import panel
from debate.cli.reading import leaderboard, listing, show, status
from debate.errors import DebateError, StoreBusy
from debate.provenance import code_version


def main() -> None:
    """Run the command line: the border at which an error becomes a message and a status."""
    try:
        status = verbs.main(prog_name="debate", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except DebateError as error:
        click.echo(f"debate: {error}", err=True)
        sys.exit(STOPPED if isinstance(error, StoreBusy) else WRONG_USE)
    except BrokenPipeError:  # `debate leaderboard | head`
        sys.stderr.close()
        sys.exit(SCORED)
    except OSError as error:
        click.echo(f"debate: cannot write: {error}", err=True)
        sys.exit(WRONG_USE)
    sys.exit(status if isinstance(status, int) else SCORED)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(code_version(), prog_name="debate")
def verbs() -> None:
    """Score therapeutic hypotheses by debate: a proposer, a critic, and a panel of judges."""


for verb in (
    check,
    submit,
    run,
    status,
    show,
    leaderboard,
    listing,
    rescore,
    contest,
    verify,
    targets,
    panel,
    doctor,
):
    verbs.add_command(verb)
