"""Settings of the user: their records, and how they are read."""

from .reading import apply_assignments, read_settings, settings_of
from .records import (
    ComparisonSettings,
    ReportSettings,
    Settings,
    StudySettings,
    TargetSettings,
    TuningSettings,
    VolumeSettings,
)

__all__ = [
    "ComparisonSettings",
    "ReportSettings",
    "Settings",
    "StudySettings",
    "TargetSettings",
    "TuningSettings",
    "VolumeSettings",
    "apply_assignments",
    "read_settings",
    "settings_of",
]
