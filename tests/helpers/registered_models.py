"""Every registered model satisfies the ``Model`` protocol: ``make types`` checks this file, a test that none is missing."""

from __future__ import annotations

from poregrove.models.additive import Additive
from poregrove.models.base import Model
from poregrove.models.blend import Blend
from poregrove.models.bruggeman import Bruggeman
from poregrove.models.catboost import CatBoost
from poregrove.models.chord_law import ChordLaw
from poregrove.models.cnn import CNN
from poregrove.models.computed import Computed
from poregrove.models.design_mean import DesignMean
from poregrove.models.elastic_net import ElasticNet
from poregrove.models.embedding import EmbeddingLightGBM, EmbeddingXGBoost
from poregrove.models.ensemble import Ensemble
from poregrove.models.extra_trees import ExtraTrees
from poregrove.models.factorised_boosting import FactorisedBoosting
from poregrove.models.gaussian_process import GaussianProcess
from poregrove.models.geodesic_law import GeodesicLaw
from poregrove.models.hist_gradient_boosting import HistGradientBoosting
from poregrove.models.lightgbm import LightGBM
from poregrove.models.lightgbm_linear import LightGBMLinear
from poregrove.models.lightgbm_plain import LightGBMPlain
from poregrove.models.mean import Mean
from poregrove.models.power_law import PowerLaw
from poregrove.models.ridge import Ridge
from poregrove.models.ridge_quadratic import RidgeQuadratic
from poregrove.models.surface_law import SurfaceLaw
from poregrove.models.two_point_pca import TwoPointPCA
from poregrove.models.volume_mean import VolumeMean
from poregrove.models.xgboost import XGBoost
from poregrove.models.xgboost_aft_capped import XGBoostAFTCapped
from poregrove.models.xgboost_aft_observed import XGBoostAFTObserved
from poregrove.models.xgboost_multi_output import XGBoostMultiOutput
from poregrove.models.xgboost_plain import XGBoostPlain
from poregrove.models.xgboost_quantile import XGBoostQuantile
from poregrove.pipelines.training.tuning import Tuned

MODELS: tuple[type[Model], ...] = (
    Additive,
    Bruggeman,
    CatBoost,
    ChordLaw,
    Blend,
    Computed,
    ElasticNet,
    ExtraTrees,
    FactorisedBoosting,
    LightGBMLinear,
    LightGBMPlain,
    RidgeQuadratic,
    TwoPointPCA,
    XGBoostPlain,
    CNN,
    DesignMean,
    EmbeddingLightGBM,
    EmbeddingXGBoost,
    Ensemble,
    GaussianProcess,
    GeodesicLaw,
    HistGradientBoosting,
    LightGBM,
    Mean,
    PowerLaw,
    Ridge,
    SurfaceLaw,
    VolumeMean,
    XGBoost,
    XGBoostAFTCapped,
    XGBoostAFTObserved,
    XGBoostMultiOutput,
    XGBoostQuantile,
)

WRAPPERS: tuple[type[Model], ...] = (Tuned,)
"""Models that are made from others, and so are not registered."""
