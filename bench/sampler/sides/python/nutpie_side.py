"""nutpie on PyMC models that numba compiles. It does not time its phases apart: the seconds of a chain are divided by its gradients."""

import time

import numpy as np
import nutpie
import pymc as pm

from densities import LAYOUTS

DEFAULT_WARMUP = 400
LOW_RANK_WARMUP = 800


def schools(data):
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfCauchy("tau", 5)
    z = pm.Normal("z", 0, 1, shape=8)
    pm.Normal("effect", mu + tau * z, data["standard_error"], observed=data["effect"])


def logistic(data):
    beta = pm.Normal("beta", 0, 2.5, shape=25)
    pm.Bernoulli("y", logit_p=pm.math.dot(data["x"], beta), observed=data["y"].astype(np.int64))


def series(data):
    x = pm.Flat("x", shape=200)
    pm.Potential("start", pm.logp(pm.Normal.dist(0, 1 / np.sqrt(1 - 0.81)), x[0]))
    pm.Potential("innovations", pm.logp(pm.Normal.dist(0.9 * x[:-1], 1), x[1:]).sum())


def radon(data):
    mu_a = pm.Normal("mu_a", 0, 5)
    mu_b = pm.Normal("mu_b", 0, 5)
    gamma_u = pm.Normal("gamma_u", 0, 5)
    gamma_fu = pm.Normal("gamma_fu", 0, 5)
    tau_a = pm.HalfNormal("tau_a", 1)
    tau_b = pm.HalfNormal("tau_b", 1)
    sigma = pm.HalfCauchy("sigma", 2.5)
    a = mu_a + tau_a * pm.Normal("z_a", 0, 1, shape=85)
    b = mu_b + tau_b * pm.Normal("z_b", 0, 1, shape=85)
    county, floor, uranium = data["county"], data["floor"], data["uranium"]
    mean = a[county] + gamma_u * uranium + (b[county] + gamma_fu * uranium) * floor
    pm.Normal("log_radon", mean, sigma, observed=data["log_radon"])


def regression(data):
    beta = pm.Normal("beta", 0, 2.5, shape=25)
    sigma = pm.HalfCauchy("sigma", 2.5)
    pm.Normal("y", pm.math.dot(data["x"], beta), sigma, observed=data["y"])


MODELS = {"M1": schools, "M2": logistic, "M3": logistic, "M4": series, "M5": radon, "M6": regression}


class Sampler:
    low_rank = False

    def __init__(self, model, data, warmup, draws):
        self.model, self.warmup, self.draws = model, warmup, draws
        begun = time.perf_counter()
        with pm.Model() as described:
            MODELS[model](data)
        self.compiled = nutpie.compile_pymc_model(described)
        self.compile_seconds = time.perf_counter() - begun

    def chains(self, seed, count):
        begun = time.perf_counter()
        results = nutpie.sample(
            self.compiled,
            draws=self.draws,
            tune=self.warmup,
            chains=count,
            cores=1,
            seed=seed,
            progress_bar=False,
            low_rank_modified_mass_matrix=self.low_rank,
            return_raw_trace=True,
        )
        seconds = time.perf_counter() - begun
        draw_tables, statistics = results.get_arrow_trace()
        steps = [np.asarray(table.column("n_steps").to_pylist()) for table in statistics]
        diverging = [np.asarray(table.column("diverging").to_pylist()) for table in statistics]
        per_step = seconds / sum(each.sum() for each in steps)
        warm = self.warmup
        for table, chain_steps, chain_diverging in zip(draw_tables, steps, diverging):
            columns = [np.asarray(table.column(name).to_pylist()).reshape(-1, size)[warm:] for name, size, _ in LAYOUTS[self.model]]
            warm_steps, sampling_steps = int(chain_steps[:warm].sum()), int(chain_steps[warm:].sum())
            yield np.concatenate(columns, axis=1), {
                "warmup": {"seconds": per_step * warm_steps, "gradients": warm_steps, "iterations": warm},
                "sampling": {
                    "seconds": per_step * sampling_steps,
                    "leapfrogs": sampling_steps,
                    "draws": self.draws,
                    "divergences": int(chain_diverging[warm:].sum()),
                },
            }


class LowRankSampler(Sampler):
    low_rank = True
