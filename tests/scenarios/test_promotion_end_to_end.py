"""Built once, proved in staging, promoted by digest: the same bytes, seen on the hosts.

Real OpenSSH hosts, a real git repository, the verbs as an operator types them, their worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from support.promotion_site import PRODUCTION, STAGING, PromotionSite, promotion_site

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PromotionSite]:
    with promotion_site(tmp_path / "p") as site:
        yield site


def test_the_same_bytes_go_from_staging_to_production(site: PromotionSite) -> None:
    commit = site.repo.commit("Pay in cents", **{"a.txt": "a"})
    done, view = site.run("run", "shop", "--wait")
    assert "run" in view, done.out + done.err
    built = str(view["run"]["id"])
    assert done.code == 0, site.told(built)
    (artifact,) = site.shell.run("artifacts", built, "--json").objects
    digest = str(artifact["digest"])
    assert site.installed(STAGING, "green") == digest
    assert site.serves(STAGING) == "green"
    assert site.installed(PRODUCTION, "green") == ""

    to_production = ("--to", "production", "--why", "a day in staging")
    unsaid = site.shell.run("promote", digest[7:19], "--to", "production")
    assert (unsaid.code, "production is protected: say why" in unsaid.err) == (4, True)
    done, view = site.run("promote", digest[7:19], *to_production, "--wait")
    assert (done.code, view["run"]["state"]) == (0, "asking"), done.err
    promoted = str(view["run"]["id"])
    assert site.serves(PRODUCTION) == "blue"
    assert site.shell.run("approve", promoted, "--why", "a day in staging").code == 0
    site.reaches(promoted, "ok")

    assert site.installed(PRODUCTION, "green") == digest
    assert site.serves(PRODUCTION) == "green"
    assert site.built.read_text() == "built\n"
    story = site.shell.run("artifact", "show", digest[7:19]).out
    worker = site.shell.run("artifacts", built, "--json").objects[0]["worker"]
    for told in (digest, f"{built} build/build", commit[:12], worker, f"also in   {promoted}"):
        assert told in story
    where = site.shell.run("where", "shop").out.splitlines()
    assert [row.split()[2:6] for row in where] == [
        ["production", "shop", "green", "serves"],
        ["staging", "shop-staging", "green", "serves"],
    ]

    fetched = site.shell.run("artifact", "fetch", digest, "--to", str(site.folder / "copy"))
    assert fetched.code == 0, fetched.err
    assert f"sha256:{sha256((site.folder / 'copy').read_bytes()).hexdigest()}" == digest

    # the repository's disk turns a bit
    site.change_a_byte(digest)
    done, view = site.run("promote", digest, *to_production, "--wait")
    assert done.code == 1, done.err
    why = str(view["jobs"]["deploy/deploy"]["why"])
    assert f"the artifact {digest[:19]} changed on disk" in why
    assert "Build it again" in why
    assert site.installed(PRODUCTION, "blue") == ""
    again = site.shell.run("artifact", "fetch", digest, "--to", str(site.folder / "copy2"))
    assert "changed on disk" in again.err
    assert not (site.folder / "copy2").exists()
    assert site.serves(PRODUCTION) == "green"

    # one that did not pass its tests goes nowhere
    site.repo.commit("Break it", broken="")
    done, view = site.run("run", "shop", "--wait")
    assert done.code == 1
    failed = str(view["run"]["id"])
    refused = site.shell.run("promote", failed, *to_production)
    assert refused.code == 4
    assert f"did not pass its tests: {failed}: test/test is failed" in refused.err
    assert site.shell.run("runs", "--json").objects[0]["run"]["id"] == failed
