"""The optimizer beside torch's own, and that teaching a small network does not load a compiler."""

import subprocess
import sys

import pytest
import torch

from ecg_eval.models._parts.residual_network import OneCycleAdamW

TAUGHT = """
import sys, numpy as np
from ecg_eval.models._parts.residual_network import train
signals = np.random.default_rng(0).standard_normal((8, 12, 200)).astype(np.float32)
train(signals, np.tile(np.float32([[0], [1]]), (4, 1)), epochs=2, rng=np.random.default_rng(0))
sys.exit("torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize("n_steps", [1, 3, 7, 220])
def test_steps_are_those_of_torch_adamw_under_one_cycle(n_steps: int) -> None:
    generator = torch.Generator().manual_seed(n_steps)
    own = [torch.randn(shape, generator=generator, requires_grad=True) for shape in ((5, 3), (4,))]
    theirs = [p.detach().clone().requires_grad_() for p in own]
    ours = OneCycleAdamW(own, n_steps=n_steps)
    optimizer = torch.optim.AdamW(theirs, lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=n_steps, pct_start=0.25)
    for step in range(n_steps):
        losses = [sum((p**3).sum() + p.abs().sum() for p in parameters) for parameters in (own, theirs)]
        ours.step(torch.autograd.grad(losses[0], own))
        optimizer.zero_grad()
        losses[1].backward()
        optimizer.step()
        if step < n_steps - 1:
            schedule.step()
    for p, q in zip(own, theirs, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-6, atol=1e-9)


def test_four_steps_are_possible() -> None:
    # torch's schedule divides by zero where its rise is one step long
    p = torch.ones(2, requires_grad=True)
    optimizer = OneCycleAdamW([p], n_steps=4)
    for _ in range(4):
        optimizer.step([torch.ones(2)])
    assert bool((p < 1).all())


def test_teaching_does_not_load_the_compiler() -> None:
    assert subprocess.run([sys.executable, "-c", TAUGHT], check=False).returncode == 0
