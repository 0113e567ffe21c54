"""The whole life of users and groups, as scim2-client leads it; the last line of stdout says what was done.

It validates each answer itself: its schema, which attributes may be there, status and media type.
    life_cycle.py URL    with the header Authorization in the environment, as SCIM_AUTHORIZATION
"""

import os
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import BulkOperation
from scim2_models import BulkRequest
from scim2_models import Error
from scim2_models import PatchOp
from scim2_models import PatchOperation
from scim2_models import ResponseParameters
from scim2_models import SCIMException
from scim2_models import SearchRequest

USERS = 25
steps = []


def main():
    headers = {"Authorization": os.environ["SCIM_AUTHORIZATION"]}
    scim = SyncSCIMClient(Client(base_url=sys.argv[1], headers=headers))
    scim.discover()
    user, group = scim.get_resource_model("User"), scim.get_resource_model("Group")
    users = create(scim, user)
    read(scim, user, users)
    find(scim, user, users)
    replace(scim, user, users[0])
    patch(scim, user, users[1])
    made = membership(scim, user, group, users)
    made += bulk(scim, user, group)
    delete(scim, user, group, users, made)
    print(" ".join(steps))


def create(scim, user):
    name = user.model_fields["name"].annotation.__args__[0]
    users = []
    for number in range(USERS):
        asked = user(
            user_name=f"Person{number:02}@example.com",
            external_id=f"external-{number}",
            display_name=f"Person {number}",
            name=name(given_name="Person", family_name=f"N{number:02}"),
            active=True,
        )
        made = scim.create(asked)
        assert made.id and made.meta.location.endswith(f"/Users/{made.id}"), made
        assert made.meta.version.startswith('W/"'), made.meta
        assert made.user_name == asked.user_name and made.name == asked.name, made
        users.append(made)
    refused(409, "uniqueness", lambda: scim.create(user(user_name="pERSON00@EXAMPLE.com")))
    assert len({made.id for made in users}) == USERS
    done("create")
    return users


def read(scim, user, users):
    for made in users:
        assert scim.query(user, made.id) == made
    chosen = scim.query(user, users[0].id, query_parameters=ResponseParameters(attributes=["displayName"]))
    assert chosen.display_name == "Person 0" and chosen.user_name is None, chosen
    refused(404, None, lambda: scim.query(user, "00000000-0000-0000-0000-000000000000"))
    done("read")


def find(scim, user, users):
    for text, expected in [
        ('userName eq "person07@EXAMPLE.com"', [7]),
        ('externalId eq "external-3"', [3]),
        ('externalId eq "External-3"', []),
        ('name.familyName ge "N23"', [23, 24]),
        ('userName sw "person1" and not (displayName ew "5")', [10, 11, 12, 13, 14, 16, 17, 18, 19]),
        ("active eq false", []),
    ]:
        search = SearchRequest(filter=text, sort_by="userName")
        for answer in [scim.query(user, query_parameters=search), scim.search(search)]:
            found = [made.id for made in answer.resources or []]
            assert found == [users[number].id for number in expected], (text, found)
            assert answer.total_results == len(expected), (text, answer.total_results)
    down = SearchRequest(sort_by="userName", sort_order="descending", start_index=3, count=4)
    page = scim.query(user, query_parameters=down)
    assert [made.id for made in page.resources] == [users[n].id for n in (22, 21, 20, 19)]
    assert (page.start_index, page.items_per_page, page.total_results) == (3, 4, USERS)
    refused(400, "invalidFilter", lambda: scim.query(user, query_parameters={"filter": "userName is"}))
    done("filter")


def replace(scim, user, first):
    first.display_name, first.name = "The First", None
    replaced = scim.replace(first)
    assert replaced.display_name == "The First" and replaced.name is None, replaced
    assert replaced.meta.created == first.meta.created
    assert replaced.meta.version != first.meta.version
    assert scim.query(user, first.id) == replaced
    done("replace")


def patch(scim, user, second):
    def modify(*operations):
        operations = [PatchOperation[user](op=op, path=path, value=value) for op, path, value in operations]
        scim.modify(user, second.id, PatchOp[user](operations=operations))
        return scim.query(user, second.id)

    email = {"type": "work", "value": "second@example.com", "primary": True}
    patched = modify(
        ("add", "emails", [email]),
        ("replace", "active", False),
        ("add", "title", "Engineer"),
        ("replace", "name.familyName", "Second"),
    )
    assert patched.active is False and patched.title == "Engineer", patched
    assert patched.name.family_name == "Second" and patched.name.given_name == "Person", patched.name
    assert [found.value for found in patched.emails] == ["second@example.com"]
    patched = modify(
        ("replace", 'emails[type eq "work"].value', "other@example.com"),
        ("remove", "title", None),
    )
    assert patched.emails[0].value == "other@example.com" and patched.title is None, patched
    patched = modify(("remove", 'emails[type eq "work"]', None))
    assert not patched.emails, patched.emails
    done("patch")


def membership(scim, user, group, users):
    member = group.model_fields["members"].annotation.__args__[0].__args__[0]
    inner = scim.create(group(display_name="Inner", members=[member(value=users[2].id)]))
    outer = scim.create(group(display_name="Outer", members=[member(value=inner.id)]))
    assert [found.value for found in scim.query(group, inner.id).members] == [users[2].id]

    def modify(op, path, value=None):
        operation = PatchOperation[group](op=op, path=path, value=value)
        scim.modify(group, inner.id, PatchOp[group](operations=[operation]))
        return {found.value for found in scim.query(group, inner.id).members or []}

    added = [{"value": users[number].id} for number in (3, 4)]
    assert modify("add", "members", added) == {users[number].id for number in (2, 3, 4)}
    assert modify("remove", f'members[value eq "{users[2].id}"]') == {users[3].id, users[4].id}
    groups = {found.value: found.type for found in scim.query(user, users[3].id).groups}
    assert groups == {inner.id: "direct", outer.id: "indirect"}, groups
    assert not scim.query(user, users[2].id).groups
    done("group")
    return [inner, outer]


def bulk(scim, user, group):
    member = group.model_fields["members"].annotation.__args__[0].__args__[0]
    request = BulkRequest[user | group](
        operations=[
            BulkOperation[user](method="POST", path="/Users", bulk_id="one", data=user(user_name="bulk-one")),
            BulkOperation[group](
                method="POST",
                path="/Groups",
                bulk_id="two",
                data=group(display_name="Bulk", members=[member(value="bulkId:one")]),
            ),
            BulkOperation[user](method="POST", path="/Users", bulk_id="three", data=user(user_name="BULK-ONE")),
        ]
    )
    answers = scim.bulk(request).operations
    assert [answer.status for answer in answers] == [201, 201, 409], answers
    one, two = (answer.location.rsplit("/", 1)[1] for answer in answers[:2])
    made = [scim.query(user, one), scim.query(group, two)]
    assert [found.value for found in made[1].members] == [one]
    done("bulk")
    return made


def delete(scim, user, group, users, made):
    scim.delete(user, users[4].id)
    assert {found.value for found in scim.query(group, made[0].id).members} == {users[3].id}
    refused(404, None, lambda: scim.query(user, users[4].id))
    refused(404, None, lambda: scim.delete(user, users[4].id))
    for found in [*made, *users[:4], *users[5:]]:
        scim.delete(type(found), found.id)
    for model in (user, group):
        assert scim.query(model).total_results == 0
    again = scim.create(user(user_name=users[4].user_name))
    assert again.id != users[4].id
    scim.delete(user, again.id)
    done("delete")


def refused(status, scim_type, ask):
    try:
        answer = ask()
    except SCIMException as exception:
        answer = exception.to_error()
    assert isinstance(answer, Error), answer
    assert (answer.status, answer.scim_type) == (status, scim_type), answer


def done(step):
    steps.append(step)


main()
