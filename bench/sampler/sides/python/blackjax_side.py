"""BlackJAX's NUTS with its window adaptation; all of it compiled ahead of the first chain."""

import time

import blackjax
import jax
import jax.numpy as jnp
import numpy as np

from densities import LOG_DENSITIES, constrain, dimension

DEFAULT_WARMUP = 1000


class Sampler:
    def __init__(self, model, data, warmup, draws):
        self.model, self.data, self.warmup, self.draws = model, jax.tree.map(jnp.asarray, data), warmup, draws
        density = LOG_DENSITIES[model]

        def warm_up(data, key):
            key_start, key_chain = jax.random.split(key)
            position = jax.random.uniform(key_start, (dimension(model),), minval=-2.0, maxval=2.0)
            adaptation = blackjax.window_adaptation(blackjax.nuts, lambda z: density(z, data))
            (state, parameters), info = adaptation.run(key_chain, position, num_steps=warmup)
            return state, {name: parameters[name] for name in ("step_size", "inverse_mass_matrix")}, info.info.num_integration_steps

        def sample(data, key, state, parameters):
            kernel = blackjax.nuts(lambda z: density(z, data), **parameters)

            def step(state, key):
                state, info = kernel.step(key, state)
                return state, (state.position, info.num_integration_steps, info.is_divergent)

            return jax.lax.scan(step, state, jax.random.split(key, draws))

        begun = time.perf_counter()
        key = jax.random.key(0)
        self.warm_up = jax.jit(warm_up).lower(self.data, key).compile()
        state, parameters, _ = jax.eval_shape(warm_up, self.data, key)
        self.sample = jax.jit(sample).lower(self.data, key, state, parameters).compile()
        self.compile_seconds = time.perf_counter() - begun

    def chains(self, seed, count):
        return (self.chain(seed, chain) for chain in range(count))

    def chain(self, seed, chain):
        key_warm, key_sample = jax.random.split(jax.random.fold_in(jax.random.key(seed), chain))
        begun = time.perf_counter()
        state, parameters, warm_steps = jax.block_until_ready(self.warm_up(self.data, key_warm))
        middle = time.perf_counter()
        _, (positions, steps, diverging) = self.sample(self.data, key_sample, state, parameters)
        positions = np.asarray(positions)
        end = time.perf_counter()
        return np.asarray(constrain(self.model, positions)), {
            "warmup": {"seconds": middle - begun, "gradients": int(warm_steps.sum()), "iterations": self.warmup},
            "sampling": {"seconds": end - middle, "leapfrogs": int(steps.sum()), "draws": self.draws, "divergences": int(diverging.sum())},
        }
