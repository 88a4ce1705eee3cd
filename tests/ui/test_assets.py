"""The browser code that the pages use."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from leadtrack.ui.assets import install as assets
from leadtrack.ui.checks import assets_are_installed


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch) -> Path:
    """An empty static/vendor, and packages that come from a folder instead of a registry."""
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(assets, "STAMP", tmp_path / "vendor" / ".stamp")
    monkeypatch.setattr("leadtrack.ui.checks.STAMP", tmp_path / "vendor" / ".stamp")
    monkeypatch.setattr(assets, "SNIPPET", tmp_path / "lt.js")
    (tmp_path / "lt.js").write_text("console.log(1);")

    def packages(folder: Path) -> None:
        for source in assets.FILES:
            file = folder / "node_modules" / source
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"content of {source};\n//# sourceMappingURL={file.name}.map\n")

    def minify(_folder: Path) -> list[str]:
        (assets.VENDOR / assets.MINIFIED).write_text("small")
        return [assets.MINIFIED]

    monkeypatch.setattr(assets, "_install_packages", packages)
    monkeypatch.setattr(assets, "_minify_snippet", minify)
    return tmp_path


def test_it_copies_the_listed_files_without_their_map_tails(workshop: Path) -> None:
    assert assets.install() == [*assets.FILES.values(), assets.MINIFIED]
    installed = sorted(file.name for file in (workshop / "vendor").iterdir())
    assert installed == sorted([*assets.FILES.values(), assets.MINIFIED, ".stamp"])
    for source, target in assets.FILES.items():
        assert (workshop / "vendor" / target).read_text() == f"content of {source};\n"


def test_it_does_nothing_when_all_is_fresh(workshop: Path) -> None:
    assets.install()
    assert assets.install() == []


def test_a_changed_snippet_makes_it_stale(workshop: Path) -> None:
    assets.install()
    (workshop / "lt.js").write_text("(function () { var longName = 1; console.log(longName); })();")
    assert not assets.is_fresh()


def test_a_file_that_went_missing_is_brought_back(workshop: Path) -> None:
    assets.install()
    (assets.VENDOR / "tabler.min.css").unlink()
    assert "tabler.min.css" in assets.install()


def test_the_check_says_what_to_run(workshop: Path) -> None:
    [missing] = assets_are_installed(None)
    assert "missing" in missing.msg
    assert "make setup" in str(missing.hint)
    assets.install()
    assert assets_are_installed(None) == []
    assets.STAMP.write_text("old")
    [stale] = assets_are_installed(None)
    assert "stale" in stale.msg


def test_the_command_says_what_it_did(workshop: Path, capsys) -> None:
    call_command("install_assets")
    assert "tabler.min.css" in capsys.readouterr().out
    call_command("install_assets")
    assert "fresh" in capsys.readouterr().out


def test_the_lock_names_no_registry_and_hashes_every_package() -> None:
    packages = json.loads((assets.HERE / "package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert len(fetched) > 5
    assert all(package["integrity"].startswith("sha512-") for package in fetched.values())
    assert not any("resolved" in package for package in fetched.values())


def test_every_package_in_the_list_is_in_the_lock() -> None:
    packages = json.loads((assets.HERE / "package-lock.json").read_text())["packages"]
    owners = {"/".join(source.split("/")[: 2 if source.startswith("@") else 1]) for source in assets.FILES}
    assert {f"node_modules/{owner}" for owner in owners} <= set(packages)
