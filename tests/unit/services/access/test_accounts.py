"""Who logs in: users by password, access keys by their secret, and what bad tries do."""

import pytest

from hullscan.errors import NotAuthenticated
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.first_start import first_start
from hullscan.services.access.people import change_user
from hullscan.services.context import Context


@pytest.fixture
def administrator(sqlite_context: Context) -> tuple[Accounts, str, str, str]:
    """The accounts of a new store, and its administrator's password, access key and secret key."""
    made = first_start(sqlite_context)
    assert made is not None
    return Accounts(sqlite_context), made.password, made.access_key, made.secret_key


def test_an_access_key_logs_in_as_often_as_it_likes(administrator: tuple[Accounts, str, str, str]) -> None:
    """A name that is a key's is not tried as a user's first: six logins are no six bad tries."""
    accounts, _, access, secret = administrator

    assert {accounts.by_login(access, secret).name for _ in range(6)} == {"admin"}


def test_a_user_logs_in_by_password(administrator: tuple[Accounts, str, str, str]) -> None:
    """Whose name is no access key's is a user."""
    accounts, password, _, _ = administrator

    assert accounts.by_login("admin", password).name == "admin"


def test_five_bad_tries_in_a_row_lock(administrator: tuple[Accounts, str, str, str]) -> None:
    """After them the right password does not help either."""
    accounts, password, _, _ = administrator
    for _ in range(5):
        with pytest.raises(NotAuthenticated, match="wrong"):
            accounts.by_login("admin", "guessed")

    with pytest.raises(NotAuthenticated, match="locked"):
        accounts.by_login("admin", password)


def test_a_good_try_forgets_the_bad_ones(administrator: tuple[Accounts, str, str, str]) -> None:
    """Four slips, a login, four slips: nobody guesses like that, and nobody is locked out."""
    accounts, _, access, secret = administrator
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(NotAuthenticated, match="wrong"):
                accounts.by_login(access, "slip")
        assert accounts.by_login(access, secret).name == "admin"


def test_a_password_once_proven_is_asked_of_the_store_again(
    sqlite_context: Context, administrator: tuple[Accounts, str, str, str]
) -> None:
    """After the few seconds that an answer is believed: a changed password or a locked user counts, whatever was proven."""
    _, password, _, _ = administrator
    accounts = Accounts(sqlite_context, believed_s=0.0)
    assert [accounts.by_password("admin", password).name for _ in range(2)] == ["admin", "admin"]

    change_user(sqlite_context, "admin", password="another, and longer")
    with pytest.raises(NotAuthenticated, match="wrong"):
        accounts.by_password("admin", password)
    assert accounts.by_password("admin", "another, and longer").name == "admin"

    change_user(sqlite_context, "admin", enabled=False)
    with pytest.raises(NotAuthenticated, match="wrong"):
        accounts.by_password("admin", "another, and longer")
