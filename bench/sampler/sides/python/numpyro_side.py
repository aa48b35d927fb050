"""NumPyro's NUTS by its functional interface, which has its warm-up and its sampling apart; all of it compiled ahead of the first chain."""

import time

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.infer.hmc import hmc

from densities import LOG_DENSITIES, constrain, dimension

DEFAULT_WARMUP = 1000


class Sampler:
    def __init__(self, model, data, warmup, draws):
        self.model, self.data, self.warmup, self.draws = model, jax.tree.map(jnp.asarray, data), warmup, draws
        density = LOG_DENSITIES[model]
        init, sample = hmc(potential_fn_gen=lambda data: lambda z: -density(z, data), algo="NUTS")

        def start(data, key):
            key_start, key_chain = jax.random.split(key)
            position = jax.random.uniform(key_start, (dimension(model),), minval=-2.0, maxval=2.0)
            return init(position, warmup, model_args=(data,), rng_key=key_chain)

        def phase(length):
            def run(data, state):
                def step(state, _):
                    state = sample(state, model_args=(data,))
                    return state, (state.z, state.num_steps, state.diverging)

                return jax.lax.scan(step, state, None, length=length)

            return run

        begun = time.perf_counter()
        self.start = jax.jit(start).lower(self.data, jax.random.key(0)).compile()
        state = self.start(self.data, jax.random.key(0))
        self.warm_up = jax.jit(phase(warmup)).lower(self.data, state).compile()
        self.sample = jax.jit(phase(draws)).lower(self.data, state).compile()
        self.compile_seconds = time.perf_counter() - begun

    def chains(self, seed, count):
        return (self.chain(seed, chain) for chain in range(count))

    def chain(self, seed, chain):
        key = jax.random.fold_in(jax.random.key(seed), chain)
        begun = time.perf_counter()
        state, (_, warm_steps, _) = self.warm_up(self.data, self.start(self.data, key))
        jax.block_until_ready(state)
        middle = time.perf_counter()
        _, (positions, steps, diverging) = self.sample(self.data, state)
        positions = np.asarray(positions)
        end = time.perf_counter()
        return np.asarray(constrain(self.model, positions)), {
            "warmup": {"seconds": middle - begun, "gradients": int(warm_steps.sum()), "iterations": self.warmup},
            "sampling": {"seconds": end - middle, "leapfrogs": int(steps.sum()), "draws": self.draws, "divergences": int(diverging.sum())},
        }
