"""One model in one of the Python samplers: compiles, says so, and then answers every line `{"seed", "chains", "output"}` with a line of what the chains did.

Usage: server.py numpyro|nutpie|nutpie-low-rank|blackjax MODEL FOLDER WARMUP DRAWS; FOLDER holds the data, WARMUP may be `default`.
"""

import json
import os
import sys

# Answers have standard output for themselves.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import numpy as np  # noqa: E402

from data import read_data  # noqa: E402


def sampler_of(side):
    if side == "numpyro":
        import numpyro_side as module

        return module.Sampler, module.DEFAULT_WARMUP
    if side == "blackjax":
        import blackjax_side as module

        return module.Sampler, module.DEFAULT_WARMUP
    import nutpie_side as module

    if side == "nutpie-low-rank":
        return module.LowRankSampler, module.LOW_RANK_WARMUP
    return module.Sampler, module.DEFAULT_WARMUP


def answer(value):
    answers.write(json.dumps(value) + "\n")
    answers.flush()


def main():
    side, model, folder, warmup, draws = sys.argv[1:]
    create, default_warmup = sampler_of(side)
    sampler = create(model, read_data(folder), default_warmup if warmup == "default" else int(warmup), int(draws))
    answer({"compileSeconds": sampler.compile_seconds})
    for line in sys.stdin:
        request = json.loads(line)
        chains = list(sampler.chains(request["seed"], request["chains"]))
        draws_by_scalar = np.stack([draws for draws, _ in chains]).transpose(2, 0, 1)
        np.ascontiguousarray(draws_by_scalar, dtype="<f8").tofile(request["output"])
        answer({"chains": [report for _, report in chains]})


main()
