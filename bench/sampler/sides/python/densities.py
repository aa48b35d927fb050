"""Log densities of the benchmark models in JAX, on the unconstrained scale and up to a constant, with the same parameters as ../../../gradient/models.mjs.

Each is `log_density(position, data)`; `LAYOUTS` names the coordinates, with the transform that leads to the constrained scale.
"""

import jax.numpy as jnp
from jax.nn import log_sigmoid

LAYOUTS = {
    "M1": [("mu", 1, False), ("tau", 1, True), ("z", 8, False)],
    "M2": [("beta", 25, False)],
    "M3": [("beta", 25, False)],
    "M4": [("x", 200, False)],
    "M5": [
        ("mu_a", 1, False),
        ("mu_b", 1, False),
        ("gamma_u", 1, False),
        ("gamma_fu", 1, False),
        ("tau_a", 1, True),
        ("tau_b", 1, True),
        ("sigma", 1, True),
        ("z_a", 85, False),
        ("z_b", 85, False),
    ],
    "M6": [("beta", 25, False), ("sigma", 1, True)],
}


def normal(x, scale):
    return -0.5 * jnp.sum((x / scale) ** 2)


def half_cauchy(log_scale, scale):
    return log_scale - jnp.log1p((jnp.exp(log_scale) / scale) ** 2)


def half_normal(log_scale, scale):
    return log_scale - 0.5 * (jnp.exp(log_scale) / scale) ** 2


def schools(position, data):
    mu, log_tau, z = position[0], position[1], position[2:]
    residual = (data["effect"] - mu - jnp.exp(log_tau) * z) / data["standard_error"]
    return normal(mu, 5) + half_cauchy(log_tau, 5) + normal(z, 1) + normal(residual, 1)


def logistic(beta, data):
    return normal(beta, 2.5) + jnp.sum(log_sigmoid(data["signs"] * (data["x"] @ beta)))


def series(x, data):
    return normal(x[0], 1 / jnp.sqrt(1 - 0.81)) + normal(x[1:] - 0.9 * x[:-1], 1)


def radon(position, data):
    mu_a, mu_b, gamma_u, gamma_fu, log_tau_a, log_tau_b, log_sigma = position[:7]
    z_a, z_b = position[7:92], position[92:]
    a = mu_a + jnp.exp(log_tau_a) * z_a
    b = mu_b + jnp.exp(log_tau_b) * z_b
    county, floor, uranium = data["county"], data["floor"], data["uranium"]
    mean = a[county] + gamma_u * uranium + (b[county] + gamma_fu * uranium) * floor
    prior = normal(position[:4], 5) + half_normal(log_tau_a, 1) + half_normal(log_tau_b, 1) + half_cauchy(log_sigma, 2.5)
    likelihood = normal(data["log_radon"] - mean, jnp.exp(log_sigma)) - county.shape[0] * log_sigma
    return prior + normal(position[7:], 1) + likelihood


def regression(position, data):
    beta, log_sigma = position[:25], position[25]
    residual = data["y"] - data["x"] @ beta
    likelihood = normal(residual, jnp.exp(log_sigma)) - residual.shape[0] * log_sigma
    return normal(beta, 2.5) + half_cauchy(log_sigma, 2.5) + likelihood


LOG_DENSITIES = {"M1": schools, "M2": logistic, "M3": logistic, "M4": series, "M5": radon, "M6": regression}


def dimension(model):
    return sum(size for _, size, _ in LAYOUTS[model])


def constrain(model, positions):
    """Exponentials of the coordinates that are logarithms; any leading axes."""
    logarithms = [log for _, size, log in LAYOUTS[model] for _ in range(size)]
    return jnp.where(jnp.array(logarithms), jnp.exp(positions), positions)
