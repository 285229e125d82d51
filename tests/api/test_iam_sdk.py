"""
IAM by its official SDK (``huaweicloudsdkiam``): the calls that clients of SWR make (swr-api.md, section 3).

Its user, group and policy calls are not served: ``hullscan user``, ``group`` and ``policy`` do that here.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from api.conftest import ACCESS, PASSWORD, SECRET, Server


@pytest.fixture
def iam(server: Server, home: object) -> Iterator[Any]:
    """The official client, signed as the account: it first asks for the account's id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from huaweicloudsdkcore.auth.credentials import GlobalCredentials
        from huaweicloudsdkiam.v3 import IamClient

        credentials = GlobalCredentials(ACCESS, SECRET).with_iam_endpoint(server.url)
        yield IamClient.new_builder().with_credentials(credentials).with_endpoint(server.url).build()


def _password(sdk: Any, password: str, **scope: Any) -> Any:
    user = sdk.PwdPasswordUser(name="admin", password=password, domain=sdk.PwdPasswordUserDomain(name="hullscan"))
    identity = sdk.PwdIdentity(methods=["password"], password=sdk.PwdPassword(user=user))
    body = sdk.KeystoneCreateUserTokenByPasswordRequestBody(
        auth=sdk.PwdAuth(identity=identity, scope=sdk.AuthScope(**scope))
    )
    return sdk.KeystoneCreateUserTokenByPasswordRequest(nocatalog="true", body=body)


def test_a_token_is_made_and_validated(iam: Any, server: Server) -> None:
    """By password for the project; what validation tells is what was given; the token opens SWR."""
    import huaweicloudsdkiam.v3 as sdk

    made = iam.keystone_create_user_token_by_password(
        _password(sdk, PASSWORD, project=sdk.AuthScopeProject(name="local-1"))
    )
    token = made.x_subject_token
    found = iam.keystone_validate_token(sdk.KeystoneValidateTokenRequest(x_subject_token=token))

    assert made.token.project.id == found.token.project.id == server.project
    assert found.token.user.name == "admin" and found.token.user.domain.name == "hullscan"
    assert (found.token.expires_at, found.token.issued_at) == (made.token.expires_at, made.token.issued_at)
    with server.client(**{"X-Auth-Token": token}) as client:
        assert client.get(f"{server.base}/namespaces?offset=0&limit=10").status_code == 200


def test_projects_and_domains(iam: Any, server: Server) -> None:
    """What the SDK asks for where a region is named and no project's id."""
    import huaweicloudsdkiam.v3 as sdk

    listed = iam.keystone_list_projects(sdk.KeystoneListProjectsRequest(name="local-1")).projects
    mine = iam.keystone_list_auth_projects(sdk.KeystoneListAuthProjectsRequest()).projects
    domains = iam.keystone_list_auth_domains(sdk.KeystoneListAuthDomainsRequest()).domains

    assert [one.id for one in listed] == [server.project]
    assert server.project in [one.id for one in mine]
    assert [one.name for one in domains] == ["hullscan"]


def test_a_wrong_password_is_told(iam: Any) -> None:
    """The SDK reads IAM's code out of the answer."""
    import huaweicloudsdkiam.v3 as sdk
    from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

    with pytest.raises(ClientRequestException) as caught:
        iam.keystone_create_user_token_by_password(_password(sdk, "wrong"))

    assert (caught.value.status_code, caught.value.error_code) == (401, "IAM.0101")


def test_a_region_without_a_projects_id(server: Server, home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """SWR's client finds the project by the region's name, through IAM."""
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.region.region import Region
    from huaweicloudsdkswr.v2 import ListInstanceRequest, SwrClient

    credentials = BasicCredentials(ACCESS, SECRET).with_iam_endpoint(server.url)
    region = Region("local-1", server.url)
    client = SwrClient.new_builder().with_credentials(credentials).with_region(region).build()

    assert [one.id for one in client.list_instance(ListInstanceRequest()).instances] == [server.instance]
