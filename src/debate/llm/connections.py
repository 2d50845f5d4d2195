"""The connections to every address that models are asked at, and what was said over them.

Knows nothing of calls.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai
from pydantic import SecretStr

from debate.errors import SettingsError

CONNECT_S = 10.0
"""Seconds within which an endpoint must take a connection."""
KEEP_ALIVE_S = 60.0
"""Seconds that an idle connection is kept for the next request."""
NO_KEY = "none"
"""Sent where no key is set: servers at home ask for none, but the client wants one."""

OTHER_MODEL = "Choose a model that takes such requests (--model or DEBATE_MODEL)"
REMEDIES = {
    400: OTHER_MODEL,
    401: "Check OPENAI_API_KEY",
    402: "Check the account behind OPENAI_API_KEY",
    403: "Check what OPENAI_API_KEY may use, and the model's name (--model or DEBATE_MODEL)",
    404: "Check the model's name (--model or DEBATE_MODEL) and OPENAI_BASE_URL",
    413: "Shorten the dossier, or choose a model that reads more",
    422: OTHER_MODEL,
    429: "Check the account behind OPENAI_API_KEY",
}
IS_IT_UP = "Check that OPENAI_BASE_URL is right and up, then run again: what is paid for is kept"


MAY_PASS = frozenset({408, 409, 429})
SERVER_FAULT = 500


def may_pass(status: int) -> bool:
    """Return True where a refusal with this HTTP status may be none the next time."""
    return status in MAY_PASS or status >= SERVER_FAULT


class Connections:
    """One connection pool an address. Belongs to one event loop."""

    def __init__(self, keys: Mapping[str, SecretStr], *, attempt_s: float) -> None:
        """Prepare; nothing is connected.

        Args:
            keys: Key by address.
            attempt_s: Seconds that an answer may keep us waiting.
        """
        self._keys = keys
        self._attempt_s = attempt_s
        self._apis: dict[str, openai.AsyncOpenAI] = {}

    def to(self, base_url: str) -> openai.AsyncOpenAI:
        """Return the connections to one address.

        Raises:
            SettingsError: The address is none.
        """
        if base_url not in self._apis:
            key = self._keys.get(base_url, SecretStr("")).get_secret_value()
            self._apis[base_url] = openai.AsyncOpenAI(
                base_url=base_url,
                api_key=key or NO_KEY,
                max_retries=0,
                http_client=_pool(base_url, self._attempt_s),
            )
        return self._apis[base_url]

    async def close(self) -> None:
        """Close every connection."""
        for api in self._apis.values():
            await api.close()

    def without_key(self, text: str) -> str:
        """Return the text without any key: some servers say back what they were sent."""
        for key in self._keys.values():
            if secret := key.get_secret_value():
                text = text.replace(secret, "[key]")
        return text

    def why(self, error: BaseException) -> str:
        """Return what broke a connection, as far down as the transport says it."""
        if isinstance(error, TimeoutError):
            return f"no answer within {self._attempt_s:g} seconds"
        chain = [error]
        while chain[-1].__cause__ is not None:
            chain.append(chain[-1].__cause__)
        said = [str(link) for link in reversed(chain) if isinstance(link, aiohttp.ClientError)]
        return self.without_key(next(filter(None, said), str(error)))


def _pool(base_url: str, attempt_s: float) -> httpx2.AsyncClient:
    """Return the connection pool for one address; the gates alone limit how many are open."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(
            f"endpoint {base_url!r}",
            cause="it is no http address",
            remedy="Set OPENAI_BASE_URL to one such as http://127.0.0.1:8000/v1",
        )
    at_home = parts.hostname in {"127.0.0.1", "::1", "localhost"}
    return openai.DefaultAioHttpClient(
        timeout=httpx2.Timeout(attempt_s, connect=CONNECT_S, pool=None),
        limits=httpx2.Limits(max_connections=0, keepalive_expiry=KEEP_ALIVE_S),
        follow_redirects=False,  # a key goes to the address it was given for and no other
        trust_env=not at_home,  # a proxy set for the world outside cannot reach this machine
        verify=parts.scheme == "https",  # reading the certificates takes 30 ms
    )


def words(error: openai.APIStatusError) -> str:
    """Return what the endpoint says of its refusal."""
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    return said if isinstance(said, str) else error.response.text


def excerpt(text: str, longest: int = 200) -> str:
    """Return the beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]} …"
