"""One change of a user by scim2-client; the last line of stdout is the user's id.

    governed.py URL hire NAME | rename NAME NEW | disable NAME | enable NAME | delete NAME
with the bearer token in the environment, as SCIM_TOKEN.
"""

import os
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import PatchOp
from scim2_models import PatchOperation

url, step, name, *rest = sys.argv[1:]
headers = {"Authorization": "Bearer " + os.environ["SCIM_TOKEN"]}
scim = SyncSCIMClient(Client(base_url=url, headers=headers))
scim.discover()
User = scim.get_resource_model("User")


def found():
    answer = scim.query(User, query_parameters={"filter": f'userName eq "{name}"'})
    (user,) = answer.resources
    return user


def modify(path, value):
    user = found()
    operation = PatchOperation[User](op="replace", path=path, value=value)
    scim.modify(User, user.id, PatchOp[User](operations=[operation]))
    return user


match step:
    case "hire":
        user = scim.create(User(user_name=name, active=True))
    case "rename":
        user = modify("userName", *rest)
    case "disable":
        user = modify("active", False)
    case "enable":
        user = modify("active", True)
    case "delete":
        user = found()
        scim.delete(User, user.id)
    case _:
        sys.exit(f"unknown: {step}")
print(user.id)
