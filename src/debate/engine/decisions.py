"""What an adaptive run decided, under the very settings that the store keeps of it.

Asks no model.
"""

from debate.batch.decisions import Replay, replay
from debate.engine.terms import read_terms
from debate.errors import NotFound
from debate.settings import Settings
from debate.store import Store


def replayed(store: Store, run_id: str = "") -> Replay:
    """Return whom a run asked when, decided once more from the verdicts that it had each time.

    Args:
        store: Where they are.
        run_id: Which run; the last adaptive one where none is named.

    Raises:
        DefinitionInvalid: An agent, prompt or rubric file of the run is not there any more.
        NotFound: There is no adaptive run, or none of this id.
        SettingsError: A model or key of the run is missing.
    """
    told = store.runs.settings()
    adaptive = [key for key, settings in told.items() if settings.get("judging") == "adaptive"]
    if not adaptive or (run_id and run_id not in adaptive):
        raise NotFound(
            f"run {run_id}" if run_id else "adaptive run",
            cause="nothing was decided in it" if run_id in told else "there is none",
            remedy="Name one that was run with --judging adaptive; `debate status` lists them",
        )
    key = run_id or adaptive[0]
    kept = {name: value for name, value in told[key].items() if name in Settings.model_fields}
    terms, _ = read_terms(Settings.read(**kept))
    return replay(store, terms, key)
