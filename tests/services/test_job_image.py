"""The image that a job runs in, from its command and its variables."""

from __future__ import annotations

import pytest

from devops_tui.domain.work import RunCommand
from devops_tui.services.job_image import image_of


@pytest.mark.parametrize(
    ("script", "image"),
    [
        ("make test", ""),
        ("docker run --rm node:20 npm test", "node:20"),
        ("docker run -it --rm -v $PWD:/src -w /src golang:1.22 go test ./...", "golang:1.22"),
        ("podman run --network=host --env A=b quay.io/acme/ci:7 true", "quay.io/acme/ci:7"),
        ("docker run \\\n  --rm \\\n  php:8.3 phpunit", "php:8.3"),
        ("docker run --rm a:1 x && docker run --rm b:2 y", "a:1, b:2"),
        ("docker run --rm ${CI_IMAGE} x", "acme/ci:7"),
        ("docker run --rm $OTHER x", "$OTHER"),
        ("docker run 'it is open", ""),
        ("docker run --rm", ""),
    ],
)
def test_a_command_names_its_image(script: str, image: str) -> None:
    env = {"CI_IMAGE": "acme/ci:7"} if "CI_IMAGE" in script else {}
    assert image_of(RunCommand(script, env=env)) == image


def test_a_variable_names_it_where_the_command_does_not() -> None:
    env = {"BUILD_IMAGE": "acme/ci:8", "IMAGES": "none", "COLOUR": "green"}
    assert image_of(RunCommand("./ci.sh", env=env)) == "acme/ci:8"
