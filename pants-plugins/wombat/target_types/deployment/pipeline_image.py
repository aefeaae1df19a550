"""The target type `pipeline_image`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import COMMON_DEPLOYMENT_FIELDS, TableSetting, TextSetting, TextsSetting


class ImageBaseField(TextSetting):
    alias = "base"
    help = help_text(
        """
        The image to build on: one of Debian, with CPython 3.9 as the first `python3.9` on its PATH, since Pants 2.17
        runs on no other. Pin it by its digest for builds that can be repeated. Default: `python:3.9-slim-bookworm`.

        Example:

            pipeline_image(name="image", base="registry.example/python:3.9-slim-bookworm")
        """
    )


class ImagePackagesField(TextsSetting):
    alias = "packages"
    help = help_text(
        """
        Packages of Debian that steps need, such as libraries or programs in other languages. Default: none besides
        what Pants needs.

        Example:

            pipeline_image(name="image", packages=["libgomp1", "r-base-core"])
        """
    )


class ImagePrepareField(TextsSetting):
    alias = "prepare"
    help = help_text(
        """
        What the image is to run, as arguments of the goal `prepare-steps`: the requirements of these steps are in the
        image, so that a job asks no package index. Default: `["::"]`, all steps of the repository.

        Example:

            pipeline_image(name="image", prepare=["examples/flights:pipeline"])
        """
    )


class ImageEnvVarsField(TableSetting):
    alias = "env_vars"
    help = help_text(
        """
        Environment variables of the image, with their values: for its build, and for all jobs. Here belongs what Pants
        keeps results by, such as its options and the file of certificates. Default: none. Everybody who has the image can
        read them.

        Example:

            pipeline_image(name="image", env_vars={"PIP_CERT": "/etc/ssl/certs/ca-certificates.crt"})
        """
    )


class ImageBuildVariablesField(TextsSetting):
    alias = "build_variables"
    help = help_text(
        """
        Environment variables that the build takes from `docker build --build-arg`, such as the address of a mirror of
        packages. Jobs do not have them, so what Pants keeps results by (`PANTS_...`, `PIP_CERT`) belongs to `env_vars`.
        Their values are in the history of the image: no place for passwords. Default: none.

        Example:

            pipeline_image(name="image", build_variables=["PIP_INDEX_URL"])
        """
    )


class ImageLauncherFilesField(TextsSetting):
    alias = "launcher_files"
    help = help_text(
        """
        The files, from the build root, by which the launcher alone can set Pants up, so that this is a layer of its own
        in the image. Default: `["pants", "3rdparty/launcher/pants.lock"]` where jobs call `./pants`, otherwise none.

        Example:

            pipeline_image(name="image", launcher_files=["pants", "tools/pants.lock"])
        """
    )


class PipelineImageTarget(Target):
    alias = "pipeline_image"
    core_fields = (
        *COMMON_DEPLOYMENT_FIELDS,
        ImageBaseField,
        ImagePackagesField,
        ImagePrepareField,
        ImageEnvVarsField,
        ImageBuildVariablesField,
        ImageLauncherFilesField,
    )
    help = help_text(
        """
        The recipe of a container image for jobs: the repository at one commit, with Pants and the requirements of its
        steps set up, for a user that is not root. `generate-configs` writes a `Dockerfile` beside the BUILD file, and
        its `.dockerignore`.

        Example:

            pipeline_image(name="image")
        """
    )
