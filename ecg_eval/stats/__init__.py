"""Statistics for reading studies, a library of its own: arrays in, an `Estimate` out.

    from ecg_eval.stats import cohen_kappa
    print(cohen_kappa(first=[1, 1, 0, 0, 1, 0], second=[1, 1, 0, 0, 0, 0]))

Each name is imported when it is first used, so that the door costs nothing. What two rooms share stays in the rooms
and may change; what stands here is meant for others.

House rules of every kernel: arguments are keyword-only; cases are the rows of a table (n_cases, n_readers), and last
only behind resamples, (n_resamples, n_cases), and behind leading axes that are computed at once, (..., n_cases); two
things compared are ``first`` and ``second``, and a contrast is first less second or first over second; names of methods
are written with underscores; a missing value is NaN and left out; what cannot be computed is undefined, with a reason.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ecg_eval.errors import suggestion

if TYPE_CHECKING:
    from ecg_eval.stats.agreement.agreement_weights import agreement_weights as agreement_weights
    from ecg_eval.stats.agreement.average_reader import mean_over_readers as mean_over_readers
    from ecg_eval.stats.agreement.average_reader import non_inferiority_to_readers as non_inferiority_to_readers
    from ecg_eval.stats.agreement.fleiss import conger_kappa as conger_kappa
    from ecg_eval.stats.agreement.fleiss import fleiss_kappa as fleiss_kappa
    from ecg_eval.stats.agreement.fleiss import fleiss_kappa_per_category as fleiss_kappa_per_category
    from ecg_eval.stats.agreement.fleiss import light_kappa as light_kappa
    from ecg_eval.stats.agreement.gwet import gwet_ac1 as gwet_ac1
    from ecg_eval.stats.agreement.gwet import gwet_ac2 as gwet_ac2
    from ecg_eval.stats.agreement.individual_equivalence import individual_equivalence as individual_equivalence
    from ecg_eval.stats.agreement.kappa import brennan_prediger as brennan_prediger
    from ecg_eval.stats.agreement.kappa import cohen_kappa as cohen_kappa
    from ecg_eval.stats.agreement.kappa import pabak as pabak
    from ecg_eval.stats.agreement.kappa import scott_pi as scott_pi
    from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha as krippendorff_alpha
    from ecg_eval.stats.agreement.marginal_homogeneity import bowker_test as bowker_test
    from ecg_eval.stats.agreement.marginal_homogeneity import cochran_q as cochran_q
    from ecg_eval.stats.agreement.marginal_homogeneity import marginal_homogeneity_test as marginal_homogeneity_test
    from ecg_eval.stats.agreement.pair_mean import mean_kappa_with as mean_kappa_with
    from ecg_eval.stats.agreement.pair_mean import pair_mean_kappa as pair_mean_kappa
    from ecg_eval.stats.agreement.pairwise_agreement import pairwise_agreement as pairwise_agreement
    from ecg_eval.stats.agreement.percent_agreement import percent_agreement as percent_agreement
    from ecg_eval.stats.agreement.percent_agreement import randolph_kappa as randolph_kappa
    from ecg_eval.stats.agreement.percent_agreement import unanimous_agreement as unanimous_agreement
    from ecg_eval.stats.agreement.repeatability import intra_reader_agreement as intra_reader_agreement
    from ecg_eval.stats.agreement.repeatability import repeatability_coefficient as repeatability_coefficient
    from ecg_eval.stats.agreement.set_agreement import set_agreement as set_agreement
    from ecg_eval.stats.agreement.specific_agreement import bias_index as bias_index
    from ecg_eval.stats.agreement.specific_agreement import negative_agreement as negative_agreement
    from ecg_eval.stats.agreement.specific_agreement import observed_agreement as observed_agreement
    from ecg_eval.stats.agreement.specific_agreement import positive_agreement as positive_agreement
    from ecg_eval.stats.agreement.specific_agreement import prevalence_index as prevalence_index
    from ecg_eval.stats.agreement.specific_agreement import specific_agreement as specific_agreement
    from ecg_eval.stats.agreement.standing_in import alternative_annotator_test as alternative_annotator_test
    from ecg_eval.stats.clusters.clustered import clustered_proportion as clustered_proportion
    from ecg_eval.stats.clusters.clustered_comparison import (
        clustered_proportion_difference as clustered_proportion_difference,
    )
    from ecg_eval.stats.clusters.clustered_comparison import rao_scott_test as rao_scott_test
    from ecg_eval.stats.clusters.clustered_paired import clustered_mcnemar as clustered_mcnemar
    from ecg_eval.stats.clusters.clustered_paired import clustered_paired_difference as clustered_paired_difference
    from ecg_eval.stats.clusters.gee import gee as gee
    from ecg_eval.stats.clusters.intracluster import design_effect as design_effect
    from ecg_eval.stats.clusters.intracluster import intracluster_correlation as intracluster_correlation
    from ecg_eval.stats.clusters.sampling_design import SamplingDesign as SamplingDesign
    from ecg_eval.stats.clusters.stratified_difference import stratified_difference as stratified_difference
    from ecg_eval.stats.clusters.weighted_shares import weighted_share as weighted_share
    from ecg_eval.stats.clusters.weighted_shares import weighted_youden as weighted_youden
    from ecg_eval.stats.diagnostic.accuracy_comparison import accuracy_test as accuracy_test
    from ecg_eval.stats.diagnostic.accuracy_comparison import compare_accuracy as compare_accuracy
    from ecg_eval.stats.diagnostic.accuracy_comparison import joint_accuracy_test as joint_accuracy_test
    from ecg_eval.stats.diagnostic.accuracy_comparison import relative_likelihood_ratio as relative_likelihood_ratio
    from ecg_eval.stats.diagnostic.likelihood_ratios import diagnostic_odds_ratio as diagnostic_odds_ratio
    from ecg_eval.stats.diagnostic.likelihood_ratios import negative_likelihood_ratio as negative_likelihood_ratio
    from ecg_eval.stats.diagnostic.likelihood_ratios import positive_likelihood_ratio as positive_likelihood_ratio
    from ecg_eval.stats.diagnostic.non_inferiority import (
        clustered_paired_non_inferiority as clustered_paired_non_inferiority,
    )
    from ecg_eval.stats.diagnostic.non_inferiority import paired_non_inferiority as paired_non_inferiority
    from ecg_eval.stats.diagnostic.non_inferiority import unpaired_non_inferiority as unpaired_non_inferiority
    from ecg_eval.stats.diagnostic.predictive_value_comparison import predictive_value_test as predictive_value_test
    from ecg_eval.stats.diagnostic.predictive_value_comparison import (
        relative_predictive_values as relative_predictive_values,
    )
    from ecg_eval.stats.diagnostic.predictive_values import (
        predictive_values_at_prevalence as predictive_values_at_prevalence,
    )
    from ecg_eval.stats.diagnostic.rates import accuracy as accuracy
    from ecg_eval.stats.diagnostic.rates import f1 as f1
    from ecg_eval.stats.diagnostic.rates import negative_predictive_value as negative_predictive_value
    from ecg_eval.stats.diagnostic.rates import positive_predictive_value as positive_predictive_value
    from ecg_eval.stats.diagnostic.rates import prevalence as prevalence
    from ecg_eval.stats.diagnostic.rates import sensitivity as sensitivity
    from ecg_eval.stats.diagnostic.rates import specificity as specificity
    from ecg_eval.stats.diagnostic.rates import youden_index as youden_index
    from ecg_eval.stats.estimate import Estimate as Estimate
    from ecg_eval.stats.estimate import is_defined as is_defined
    from ecg_eval.stats.latent.dawid_skene import dawid_skene as dawid_skene
    from ecg_eval.stats.latent.latent_accuracy import latent_accuracy as latent_accuracy
    from ecg_eval.stats.latent.votes import count_votes as count_votes
    from ecg_eval.stats.measurement.concordance import lin_ccc as lin_ccc
    from ecg_eval.stats.measurement.intraclass import intraclass_correlation as intraclass_correlation
    from ecg_eval.stats.measurement.method_comparison import bland_altman as bland_altman
    from ecg_eval.stats.measurement.repeated_comparison import bland_altman_repeated as bland_altman_repeated
    from ecg_eval.stats.measurement.several_conditions import friedman_test as friedman_test
    from ecg_eval.stats.measurement.signed_rank import sign_test as sign_test
    from ecg_eval.stats.measurement.signed_rank import signed_rank_test as signed_rank_test
    from ecg_eval.stats.measurement.signed_rank import signed_ranks as signed_ranks
    from ecg_eval.stats.meta.bivariate import bivariate_meta_analysis as bivariate_meta_analysis
    from ecg_eval.stats.meta.bivariate import correlation_test as correlation_test
    from ecg_eval.stats.meta.effects import fisher_z_effects as fisher_z_effects
    from ecg_eval.stats.meta.effects import logit_effects as logit_effects
    from ecg_eval.stats.meta.meta_regression import meta_regression as meta_regression
    from ecg_eval.stats.meta.random_effects import pool_effects as pool_effects
    from ecg_eval.stats.mixed.comparison import likelihood_ratio_test as likelihood_ratio_test
    from ecg_eval.stats.mixed.comparison import wald_test as wald_test
    from ecg_eval.stats.mixed.linear import linear_mixed_model as linear_mixed_model
    from ecg_eval.stats.mixed.marginal_difference import marginal_difference as marginal_difference
    from ecg_eval.stats.mixed.model import logistic_mixed_model as logistic_mixed_model
    from ecg_eval.stats.mrmc.arm_difference import arm_difference as arm_difference
    from ecg_eval.stats.mrmc.dbm import dorfman_berbaum_metz as dorfman_berbaum_metz
    from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette as obuchowski_rockette
    from ecg_eval.stats.mrmc.reader_average import reader_average as reader_average
    from ecg_eval.stats.mrmc.reader_average import reader_average_difference as reader_average_difference
    from ecg_eval.stats.mrmc.reader_mean import reader_mean as reader_mean
    from ecg_eval.stats.mrmc.roe_metz import simulate_roe_metz as simulate_roe_metz
    from ecg_eval.stats.mrmc.standalone import standalone_against_readers as standalone_against_readers
    from ecg_eval.stats.mrmc.u_statistics import u_statistics as u_statistics
    from ecg_eval.stats.multiplicity import adjust_p_values as adjust_p_values
    from ecg_eval.stats.multiplicity import expected_maximum as expected_maximum
    from ecg_eval.stats.multiplicity import gatekeeping as gatekeeping
    from ecg_eval.stats.probability.calibration import brier_score as brier_score
    from ecg_eval.stats.probability.calibration import log_loss as log_loss
    from ecg_eval.stats.probability.calibration import observed_expected_ratio as observed_expected_ratio
    from ecg_eval.stats.probability.calibration import scaled_brier_score as scaled_brier_score
    from ecg_eval.stats.probability.calibration import spiegelhalter_test as spiegelhalter_test
    from ecg_eval.stats.probability.calibration_regression import calibration_regression as calibration_regression
    from ecg_eval.stats.probability.calibration_regression import validate_probabilities as validate_probabilities
    from ecg_eval.stats.probability.challenge import challenge_score as challenge_score
    from ecg_eval.stats.probability.challenge import exact_match_accuracy as exact_match_accuracy
    from ecg_eval.stats.probability.challenge import sensitivity_at_capacity as sensitivity_at_capacity
    from ecg_eval.stats.probability.choice_tables import choice_tables as choice_tables
    from ecg_eval.stats.probability.choice_tables import single_choice as single_choice
    from ecg_eval.stats.probability.conformal import conformal_p_values as conformal_p_values
    from ecg_eval.stats.probability.conformal import fit_conformal_sets as fit_conformal_sets
    from ecg_eval.stats.probability.decision import decision_curve as decision_curve
    from ecg_eval.stats.probability.decision import net_benefit as net_benefit
    from ecg_eval.stats.probability.expected_harm import expected_harm as expected_harm
    from ecg_eval.stats.probability.expected_harm import least_harm_decision as least_harm_decision
    from ecg_eval.stats.probability.group_fairness import group_fairness as group_fairness
    from ecg_eval.stats.probability.population_losses import population_brier as population_brier
    from ecg_eval.stats.probability.population_losses import population_log_loss as population_log_loss
    from ecg_eval.stats.probability.recalibration import fit_isotonic_map as fit_isotonic_map
    from ecg_eval.stats.probability.recalibration import fit_logistic_map as fit_logistic_map
    from ecg_eval.stats.probability.recalibration import fit_softmax_temperature as fit_softmax_temperature
    from ecg_eval.stats.probability.recalibration import fit_temperature as fit_temperature
    from ecg_eval.stats.probability.recalibration_gain import recalibration_gain as recalibration_gain
    from ecg_eval.stats.probability.reliability import brier_decomposition as brier_decomposition
    from ecg_eval.stats.probability.reliability import expected_calibration_error as expected_calibration_error
    from ecg_eval.stats.probability.reliability import reliability_bins as reliability_bins
    from ecg_eval.stats.probability.reliability_curve import reliability_curve as reliability_curve
    from ecg_eval.stats.proportion.mcnemar import mcnemar as mcnemar
    from ecg_eval.stats.proportion.mcnemar import mcnemar_odds_ratio as mcnemar_odds_ratio
    from ecg_eval.stats.proportion.paired import compare_paired_proportions as compare_paired_proportions
    from ecg_eval.stats.proportion.proportions import proportion_bounds as proportion_bounds
    from ecg_eval.stats.proportion.proportions import single_proportion as single_proportion
    from ecg_eval.stats.proportion.stratified import Strata as Strata
    from ecg_eval.stats.proportion.stratified import mantel_haenszel as mantel_haenszel
    from ecg_eval.stats.proportion.stratified import peto_odds_ratio as peto_odds_ratio
    from ecg_eval.stats.proportion.stratified_tests import breslow_day_test as breslow_day_test
    from ecg_eval.stats.proportion.stratified_tests import cochran_mantel_haenszel as cochran_mantel_haenszel
    from ecg_eval.stats.proportion.stratified_tests import exact_odds_ratio as exact_odds_ratio
    from ecg_eval.stats.proportion.stratified_tests import woolf_test as woolf_test
    from ecg_eval.stats.proportion.unpaired import compare_unpaired_proportions as compare_unpaired_proportions
    from ecg_eval.stats.proportion.unpaired_test import unpaired_proportion_test as unpaired_proportion_test
    from ecg_eval.stats.resampling.draws import difference_from_replicates as difference_from_replicates
    from ecg_eval.stats.resampling.draws import draw_two_way_weights as draw_two_way_weights
    from ecg_eval.stats.resampling.draws import draw_weights as draw_weights
    from ecg_eval.stats.resampling.draws import interval_from_replicates as interval_from_replicates
    from ecg_eval.stats.resampling.draws import jackknife_weights as jackknife_weights
    from ecg_eval.stats.resampling.weighted_median import weighted_median as weighted_median
    from ecg_eval.stats.roc.area import auroc as auroc
    from ecg_eval.stats.roc.f_measure import best_f as best_f
    from ecg_eval.stats.roc.f_measure import f_beta as f_beta
    from ecg_eval.stats.roc.f_measure import fmax as fmax
    from ecg_eval.stats.roc.macro_average import macro_auroc as macro_auroc
    from ecg_eval.stats.roc.operating_points import operating_point as operating_point
    from ecg_eval.stats.roc.operating_points import point_at_sensitivity as point_at_sensitivity
    from ecg_eval.stats.roc.operating_points import point_at_specificity as point_at_specificity
    from ecg_eval.stats.roc.operating_points import youden_point as youden_point
    from ecg_eval.stats.roc.partial_auc import partial_auc as partial_auc
    from ecg_eval.stats.roc.population_ranking import population_auroc as population_auroc
    from ecg_eval.stats.roc.population_ranking import population_average_precision as population_average_precision
    from ecg_eval.stats.roc.precision_recall import average_precision as average_precision
    from ecg_eval.stats.roc.precision_recall import precision_recall_curve as precision_recall_curve
    from ecg_eval.stats.roc.rate_at_rate import sensitivity_at_specificity as sensitivity_at_specificity
    from ecg_eval.stats.roc.rate_at_rate import specificity_at_sensitivity as specificity_at_sensitivity
    from ecg_eval.stats.roc.roc_comparison import compare_aurocs as compare_aurocs
    from ecg_eval.stats.roc.roc_comparison import compare_several_aurocs as compare_several_aurocs
    from ecg_eval.stats.roc.roc_comparison import compare_unpaired_aurocs as compare_unpaired_aurocs
    from ecg_eval.stats.roc.roc_curve import roc_curve as roc_curve
    from ecg_eval.stats.sample_size.goal import goal_cases as goal_cases
    from ecg_eval.stats.sample_size.goal import goal_power as goal_power
    from ecg_eval.stats.sample_size.independent import two_proportions_cases as two_proportions_cases
    from ecg_eval.stats.sample_size.independent import (
        two_proportions_noninferiority_cases as two_proportions_noninferiority_cases,
    )
    from ecg_eval.stats.sample_size.independent import two_proportions_power as two_proportions_power
    from ecg_eval.stats.sample_size.kappa import cohen_kappa_cases as cohen_kappa_cases
    from ecg_eval.stats.sample_size.kappa import cohen_kappa_test_cases as cohen_kappa_test_cases
    from ecg_eval.stats.sample_size.means import independent_means_cases as independent_means_cases
    from ecg_eval.stats.sample_size.means import independent_means_power as independent_means_power
    from ecg_eval.stats.sample_size.means import paired_means_cases as paired_means_cases
    from ecg_eval.stats.sample_size.means import paired_means_effect as paired_means_effect
    from ecg_eval.stats.sample_size.means import paired_means_power as paired_means_power
    from ecg_eval.stats.sample_size.mrmc import mrmc_power as mrmc_power
    from ecg_eval.stats.sample_size.mrmc import mrmc_required_cases as mrmc_required_cases
    from ecg_eval.stats.sample_size.mrmc import mrmc_required_readers as mrmc_required_readers
    from ecg_eval.stats.sample_size.paired import mcnemar_cases as mcnemar_cases
    from ecg_eval.stats.sample_size.paired import mcnemar_power as mcnemar_power
    from ecg_eval.stats.sample_size.paired import paired_noninferiority_cases as paired_noninferiority_cases
    from ecg_eval.stats.sample_size.paired import paired_noninferiority_power as paired_noninferiority_power
    from ecg_eval.stats.sample_size.planning_values import mrmc_planned_cases as mrmc_planned_cases
    from ecg_eval.stats.sample_size.planning_values import mrmc_planned_power as mrmc_planned_power
    from ecg_eval.stats.sample_size.proportions import accuracy_cases as accuracy_cases
    from ecg_eval.stats.sample_size.proportions import proportion_cases as proportion_cases
    from ecg_eval.stats.sample_size.roc import roc_power as roc_power
    from ecg_eval.stats.sample_size.roc import roc_required_cases as roc_required_cases
    from ecg_eval.stats.sample_size.roc_pair import roc_pair_power as roc_pair_power
    from ecg_eval.stats.sample_size.roc_pair import roc_pair_required_cases as roc_pair_required_cases
    from ecg_eval.stats.sample_size.standalone import standalone_required_cases as standalone_required_cases

_ROOMS: dict[str, str] = {
    "estimate": "Estimate is_defined",
    "multiplicity": "adjust_p_values expected_maximum gatekeeping",
    "proportion.stratified": "Strata mantel_haenszel peto_odds_ratio",
    "proportion.stratified_tests": "breslow_day_test cochran_mantel_haenszel exact_odds_ratio woolf_test",
    "proportion.proportions": "proportion_bounds single_proportion",
    "proportion.mcnemar": "mcnemar mcnemar_odds_ratio",
    "proportion.paired": "compare_paired_proportions",
    "proportion.unpaired": "compare_unpaired_proportions",
    "proportion.unpaired_test": "unpaired_proportion_test",
    "clusters.clustered": "clustered_proportion",
    "clusters.clustered_comparison": "clustered_proportion_difference rao_scott_test",
    "clusters.clustered_paired": "clustered_mcnemar clustered_paired_difference",
    "clusters.gee": "gee",
    "clusters.sampling_design": "SamplingDesign",
    "clusters.stratified_difference": "stratified_difference",
    "clusters.weighted_shares": "weighted_share weighted_youden",
    "clusters.intracluster": "design_effect intracluster_correlation",
    "diagnostic.rates": "accuracy f1 negative_predictive_value positive_predictive_value prevalence "
    "sensitivity specificity youden_index",
    "diagnostic.likelihood_ratios": "diagnostic_odds_ratio negative_likelihood_ratio positive_likelihood_ratio",
    "diagnostic.predictive_values": "predictive_values_at_prevalence",
    "diagnostic.predictive_value_comparison": "predictive_value_test relative_predictive_values",
    "diagnostic.accuracy_comparison": "accuracy_test compare_accuracy joint_accuracy_test relative_likelihood_ratio",
    "diagnostic.non_inferiority": "clustered_paired_non_inferiority paired_non_inferiority unpaired_non_inferiority",
    "agreement.kappa": "brennan_prediger cohen_kappa pabak scott_pi",
    "agreement.specific_agreement": "bias_index negative_agreement observed_agreement positive_agreement "
    "prevalence_index specific_agreement",
    "agreement.fleiss": "conger_kappa fleiss_kappa fleiss_kappa_per_category light_kappa",
    "agreement.gwet": "gwet_ac1 gwet_ac2",
    "agreement.krippendorff": "krippendorff_alpha",
    "agreement.percent_agreement": "percent_agreement randolph_kappa unanimous_agreement",
    "agreement.agreement_weights": "agreement_weights",
    "agreement.pair_mean": "mean_kappa_with pair_mean_kappa",
    "agreement.pairwise_agreement": "pairwise_agreement",
    "agreement.marginal_homogeneity": "bowker_test cochran_q marginal_homogeneity_test",
    "agreement.set_agreement": "set_agreement",
    "agreement.repeatability": "intra_reader_agreement repeatability_coefficient",
    "agreement.average_reader": "mean_over_readers non_inferiority_to_readers",
    "agreement.individual_equivalence": "individual_equivalence",
    "agreement.standing_in": "alternative_annotator_test",
    "measurement.method_comparison": "bland_altman",
    "measurement.repeated_comparison": "bland_altman_repeated",
    "measurement.concordance": "lin_ccc",
    "measurement.intraclass": "intraclass_correlation",
    "measurement.several_conditions": "friedman_test",
    "measurement.signed_rank": "sign_test signed_rank_test signed_ranks",
    "roc.area": "auroc",
    "roc.roc_comparison": "compare_aurocs compare_several_aurocs compare_unpaired_aurocs",
    "roc.roc_curve": "roc_curve",
    "roc.partial_auc": "partial_auc",
    "roc.rate_at_rate": "sensitivity_at_specificity specificity_at_sensitivity",
    "roc.operating_points": "operating_point point_at_sensitivity point_at_specificity youden_point",
    "roc.precision_recall": "average_precision precision_recall_curve",
    "roc.f_measure": "best_f f_beta fmax",
    "roc.macro_average": "macro_auroc",
    "roc.population_ranking": "population_auroc population_average_precision",
    "probability.calibration": "brier_score log_loss observed_expected_ratio scaled_brier_score spiegelhalter_test",
    "probability.calibration_regression": "calibration_regression validate_probabilities",
    "probability.reliability": "brier_decomposition expected_calibration_error reliability_bins",
    "probability.reliability_curve": "reliability_curve",
    "probability.recalibration": "fit_isotonic_map fit_logistic_map fit_softmax_temperature fit_temperature",
    "probability.recalibration_gain": "recalibration_gain",
    "probability.conformal": "conformal_p_values fit_conformal_sets",
    "probability.decision": "decision_curve net_benefit",
    "probability.expected_harm": "expected_harm least_harm_decision",
    "probability.choice_tables": "choice_tables single_choice",
    "probability.group_fairness": "group_fairness",
    "probability.population_losses": "population_brier population_log_loss",
    "probability.challenge": "challenge_score exact_match_accuracy sensitivity_at_capacity",
    "resampling.weighted_median": "weighted_median",
    "resampling.draws": "difference_from_replicates draw_two_way_weights draw_weights "
    "interval_from_replicates jackknife_weights",
    "mrmc.obuchowski_rockette": "obuchowski_rockette",
    "mrmc.dbm": "dorfman_berbaum_metz",
    "mrmc.u_statistics": "u_statistics",
    "mrmc.reader_average": "reader_average reader_average_difference",
    "mrmc.arm_difference": "arm_difference",
    "mrmc.reader_mean": "reader_mean",
    "mrmc.standalone": "standalone_against_readers",
    "mrmc.roe_metz": "simulate_roe_metz",
    "mixed.linear": "linear_mixed_model",
    "mixed.model": "logistic_mixed_model",
    "mixed.marginal_difference": "marginal_difference",
    "mixed.comparison": "likelihood_ratio_test wald_test",
    "latent.votes": "count_votes",
    "latent.dawid_skene": "dawid_skene",
    "latent.latent_accuracy": "latent_accuracy",
    "meta.effects": "fisher_z_effects logit_effects",
    "meta.random_effects": "pool_effects",
    "meta.meta_regression": "meta_regression",
    "meta.bivariate": "bivariate_meta_analysis correlation_test",
    "sample_size.mrmc": "mrmc_power mrmc_required_cases mrmc_required_readers",
    "sample_size.planning_values": "mrmc_planned_cases mrmc_planned_power",
    "sample_size.standalone": "standalone_required_cases",
    "sample_size.roc": "roc_power roc_required_cases",
    "sample_size.roc_pair": "roc_pair_power roc_pair_required_cases",
    "sample_size.proportions": "accuracy_cases proportion_cases",
    "sample_size.goal": "goal_cases goal_power",
    "sample_size.paired": "mcnemar_cases mcnemar_power paired_noninferiority_cases paired_noninferiority_power",
    "sample_size.means": "independent_means_cases independent_means_power paired_means_cases paired_means_effect "
    "paired_means_power",
    "sample_size.independent": "two_proportions_cases two_proportions_noninferiority_cases two_proportions_power",
    "sample_size.kappa": "cohen_kappa_cases cohen_kappa_test_cases",
}

HOMES = {name: f"{__name__}.{home}" for home, names in _ROOMS.items() for name in names.split()}

__all__ = [*HOMES]  # noqa: PLE0604 - the names are the keys above


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}. {suggestion(name, HOMES)}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(HOMES)
