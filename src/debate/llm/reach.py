"""Whether an endpoint answers, and serves the model that is asked for; nothing is paid.

Knows nothing of calls.
"""

import openai
from pydantic import SecretStr

from debate.errors import ModelUnavailable
from debate.llm.call import Endpoint

PATIENCE_S = 10.0
"""Seconds to wait for the list of models."""


async def reach(endpoint: Endpoint, key: SecretStr | None) -> str:
    """Return what the endpoint says of the model, in a line.

    Raises:
        ModelUnavailable: It does not answer, refuses the key, or does not serve the model.
    """
    name = f"{endpoint.model} at {endpoint.base_url}"
    async with openai.AsyncOpenAI(
        base_url=endpoint.base_url,
        api_key=key.get_secret_value() if key else "none",
        max_retries=0,
        timeout=PATIENCE_S,
    ) as api:
        try:
            served = [model.id async for model in api.models.list()]
        except openai.APIStatusError as error:
            raise ModelUnavailable(
                name,
                cause=f"it answers {error.status_code}",
                remedy="Check OPENAI_API_KEY and OPENAI_BASE_URL",
            ) from error
        except openai.OpenAIError as error:
            raise ModelUnavailable(
                name, cause="it does not answer", remedy="Check OPENAI_BASE_URL, and that it is up"
            ) from error
    if served and endpoint.model not in served:
        raise ModelUnavailable(
            name,
            cause=f"it serves {', '.join(sorted(served)[:5])}",
            remedy="Name one of these with --model",
        )
    return f"{name} answers"
