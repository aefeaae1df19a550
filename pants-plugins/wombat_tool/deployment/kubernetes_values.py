"""The kinds of values that settings of Kubernetes take, each with what is allowed in its message."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Optional

from pydantic import AfterValidator, BaseModel, ConfigDict, NonNegativeInt, model_validator

from wombat_tool.deployment.names import LONGEST_NAME
from wombat_tool.deployment.quantities import amount, problem_with
from wombat_tool.deployment.values import DnsLabel

_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_PREFIX = r"(?=.{1,253}/)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/"


def is_label_key(text: str) -> bool:
    """Whether labels and annotations can have the key."""
    return re.fullmatch(rf"({_PREFIX})?{_NAME}", text, re.ASCII) is not None


def is_label_value(text: str) -> bool:
    """Whether labels can have the value."""
    return re.fullmatch(rf"({_NAME})?", text, re.ASCII) is not None


def _key(text: str) -> str:
    if not is_label_key(text):
        raise ValueError(
            "must be a name of letters, digits, '-', '_' and '.', at most 63 characters, with a DNS name and '/' before "
            "it or not, such as 'team' or 'example.com/team'"
        )
    return text


def _label_value(text: str) -> str:
    if not is_label_value(text):
        raise ValueError("must be at most 63 letters, digits, '-', '_' and '.', a letter or digit first and last")
    return text


def _storage_size(text: str) -> str:
    if problem_with("memory", text) or amount(text) < amount("1Gi"):
        raise ValueError("must be a size of 1Gi or more, such as '100Gi'")
    return text


def _bucket_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", text):
        raise ValueError("must be the name of a bucket, such as 'team-cache', without 'gs://'")
    return text


def _short(name: str) -> str:
    if len(name) > LONGEST_NAME:
        raise ValueError(f"must be at most {LONGEST_NAME} characters, since Kubernetes makes longer names of it")
    return name


LabelKey = Annotated[str, AfterValidator(_key)]
LabelValue = Annotated[str, AfterValidator(_label_value)]
LabelTable = dict[LabelKey, LabelValue]
AnnotationTable = dict[LabelKey, str]
StorageSize = Annotated[str, AfterValidator(_storage_size)]
BucketName = Annotated[str, AfterValidator(_bucket_name)]
ShortObjectName = Annotated[DnsLabel, AfterValidator(_short)]


class Toleration(BaseModel):
    """A taint of nodes that the pods put up with; the keys are those of Kubernetes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: Optional[LabelKey] = None
    operator: Literal["Equal", "Exists"] = "Equal"
    value: Optional[LabelValue] = None
    effect: Optional[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]] = None
    tolerationSeconds: Optional[NonNegativeInt] = None

    @model_validator(mode="after")
    def _fits_together(self) -> Toleration:
        if self.operator == "Exists" and self.value is not None:
            raise ValueError("must have no 'value' with the operator 'Exists'")
        if self.operator == "Equal" and self.key is None:
            raise ValueError("must have a 'key', or the operator 'Exists'")
        if self.tolerationSeconds is not None and self.effect != "NoExecute":
            raise ValueError("must have the effect 'NoExecute' with 'tolerationSeconds'")
        return self
