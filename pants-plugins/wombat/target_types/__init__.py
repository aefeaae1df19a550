"""The target types: datasets, own and imported ones, steps, pipelines, contracts, the library of steps, and deployments."""

from __future__ import annotations

from typing import Iterable, Type

from pants.engine.target import Target

from wombat.target_types.common import (
    VariantField,
)
from wombat.target_types.contract import (
    ContractBearingField,
    ContractSourceField,
    DataContractTarget,
    DatasetContractField,
    StepExpectsField,
)
from wombat.target_types.dataset import (
    DatasetDependenciesField,
    DatasetFormatField,
    DatasetGenerationField,
    DatasetKeepDaysField,
    DatasetKeepLastField,
    DatasetOutputPathField,
    DatasetSha256Field,
    DatasetSourceField,
    DatasetSourcesField,
    DatasetTarget,
    DatasetUriField,
    dataset_format,
)
from wombat.target_types.deployment import DEPLOYMENT_TARGET_TYPES
from wombat.target_types.deployment.common import (
    AddressSetting,
    DeployedPipelineField,
    DeploymentDependenciesField,
    DeploymentOutputField,
    DeploymentRemoteCacheField,
    settings_of,
)
from wombat.target_types.imported import (
    ImportedDatasetField,
    ImportedDatasetTarget,
    ImportedStoreField,
    ImportedVersionField,
)
from wombat.target_types.library import (
    StepLibrarySourceField,
    StepLibraryTarget,
)
from wombat.target_types.pipeline import (
    PipelineDependenciesField,
    PipelineOutputsField,
    PipelineScheduleField,
    PipelineTarget,
)
from wombat.target_types.step import (
    PipelineStepTarget,
    StepArgsField,
    StepCacheField,
    StepDependenciesField,
    StepEntryPointField,
    StepExtraEnvVarsField,
    StepRetriesField,
    StepRunField,
    StepTimeoutField,
)
from wombat.target_types.step_values import (
    StepInputsField,
    StepOutputsField,
    StepParamsField,
    StepResourcesField,
)

__all__ = [
    "AddressSetting",
    "ContractBearingField",
    "ContractSourceField",
    "DataContractTarget",
    "DatasetContractField",
    "DatasetDependenciesField",
    "DatasetFormatField",
    "DatasetGenerationField",
    "DatasetKeepDaysField",
    "DatasetKeepLastField",
    "DatasetOutputPathField",
    "DatasetSha256Field",
    "DatasetSourceField",
    "DatasetSourcesField",
    "DatasetTarget",
    "DatasetUriField",
    "DeployedPipelineField",
    "DeploymentDependenciesField",
    "DeploymentOutputField",
    "DeploymentRemoteCacheField",
    "ImportedDatasetField",
    "ImportedDatasetTarget",
    "ImportedStoreField",
    "ImportedVersionField",
    "PipelineDependenciesField",
    "PipelineOutputsField",
    "PipelineScheduleField",
    "PipelineStepTarget",
    "PipelineTarget",
    "StepArgsField",
    "StepCacheField",
    "StepDependenciesField",
    "StepEntryPointField",
    "StepExpectsField",
    "StepExtraEnvVarsField",
    "StepInputsField",
    "StepLibrarySourceField",
    "StepLibraryTarget",
    "StepOutputsField",
    "StepParamsField",
    "StepResourcesField",
    "StepRetriesField",
    "StepRunField",
    "StepTimeoutField",
    "VariantField",
    "dataset_format",
    "settings_of",
    "target_types",
]


def target_types() -> Iterable[Type[Target]]:
    """All target types of the plugin."""
    return (
        DatasetTarget,
        ImportedDatasetTarget,
        PipelineStepTarget,
        PipelineTarget,
        DataContractTarget,
        StepLibraryTarget,
        *DEPLOYMENT_TARGET_TYPES,
    )
