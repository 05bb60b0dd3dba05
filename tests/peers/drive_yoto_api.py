"""Runs in the environment of yoto-api: does one thing with it, and prints what it says.

Its addresses are constants of one module; they are set here. Nothing else of it is touched.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import aiohttp
from yoto_api import Token, YotoClient
from yoto_api.exceptions import AuthenticationError, YotoAPIError
from yoto_api.rest import endpoints

SERVICE = os.environ["PEER_SERVICE_URL"]
endpoints.BASE_URL = SERVICE
endpoints.TOKEN_URL = f"{SERVICE}/oauth/token"
endpoints.AUTH_URL = f"{SERVICE}/oauth/device/code"


async def main(step, client_id, refresh_token):
    # It asks no proxy by itself.
    async with aiohttp.ClientSession(trust_env=True) as session:
        client = YotoClient(client_id=client_id, session=session)
        client.token = Token(refresh_token=refresh_token)
        try:
            if step == "renew":
                return {"refresh_token": (await client.check_and_refresh_token()).refresh_token}
            await getattr(client, step)()
        except (AuthenticationError, YotoAPIError) as error:
            return {"error": type(error).__name__, "message": str(error)}
        return {}


if __name__ == "__main__":
    json.dump(asyncio.run(main(*sys.argv[1:])), sys.stdout)
