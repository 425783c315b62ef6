"""From a file of labelled samples to a model bundle: data, study, evaluation, bundle, promotion."""
