"""Two packages write the folder of XGBoost: of one version they may, of two they may not."""

from importlib.metadata import PackageNotFoundError

import pytest

from poregrove.errors import ModelError
from poregrove.models.shared import xgboost_packages


@pytest.fixture
def installed(monkeypatch):
    """A function that says which of the packages are there."""

    def say(**versions):
        def version(name):
            if name.replace("-", "_") not in versions:
                raise PackageNotFoundError(name)
            return versions[name.replace("-", "_")]

        monkeypatch.setattr(xgboost_packages, "version", version)
        xgboost_packages.check_packages.cache_clear()

    yield say
    xgboost_packages.check_packages.cache_clear()


@pytest.mark.parametrize(
    "versions", [{"xgboost": "3.2.0"}, {"xgboost_cpu": "3.2.0"}, {"xgboost": "3.2.0", "xgboost_cpu": "3.2.0"}]
)
def test_one_version_is_fine(installed, versions):
    installed(**versions)
    xgboost_packages.check_packages()


def test_two_versions_are_refused_with_both_and_the_remedy(installed):
    installed(xgboost="3.2.0", xgboost_cpu="3.1.1")
    with pytest.raises(
        ModelError, match=r"xgboost-cpu 3\.1\.1 and xgboost 3\.2\.0 .* pip uninstall --yes xgboost-cpu xgboost"
    ):
        xgboost_packages.check_packages()
