"""DeepLIFT's rescale rule (Shrikumar and colleagues 2017) for torch code as it is written.

A batch holds sequences in its first half and each one's reference in the second. While `Paired` is
active, a function that is not linear passes back, in place of its slope, how much its output
differs between the two for each unit that its input differs. Sums of contributions then equal the
difference of the outputs, exactly. Functions are met where they are called, so that none can be
missed for want of a module of its own; one without a rule here shows in the sums.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional
from torch.overrides import TorchFunctionMode

_ALIKE = 1e-9  # inputs no further apart: the slope stands in


class Paired(TorchFunctionMode):
    """While active, functions of `RULES` follow the rescale rule."""

    def __torch_function__(
        self,
        function: Callable,
        types: Any,
        arguments: tuple = (),
        options: dict | None = None,
    ) -> Any:
        rule = RULES.get(function)
        if rule is None or not (torch.is_grad_enabled() and arguments[0].requires_grad):
            return function(*arguments, **(options or {}))
        return rule(function, *arguments, **(options or {}))


class _Rescaled(Function):
    """A function of each number by itself."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        with torch.enable_grad():
            seen = x.detach().requires_grad_()
            y = function(seen)
            (slope,) = torch.autograd.grad(y.sum(), seen)
        half = len(x) // 2
        apart = x[:half] - x[half:]
        alike = apart.abs() < _ALIKE
        ratio = (y[:half] - y[half:]) / torch.where(alike, 1.0, apart)
        ctx.save_for_backward(torch.where(alike, slope[:half], ratio).detach())
        return y.detach()

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> tuple[Tensor, None]:
        (ratio,) = ctx.saved_tensors
        return torch.cat([slopes[: len(ratio)] * ratio, slopes[len(ratio) :] * ratio]), None


class _PooledMaximum(Function):
    """Where the sequence's maximum is higher, it goes to its place; else to the reference's.

    So the quotient is never above 1, and the sum is exact (as in captum).
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, options: dict) -> Tensor:
        y, places = functional.max_pool1d(x, **options, return_indices=True)
        ctx.save_for_backward(x, y, places)
        return y

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> tuple[Tensor, None]:
        x, y, places = ctx.saved_tensors
        half = len(x) // 2
        more = y[:half] > y[half:]
        where = torch.where(more, places[:half], places[half:])
        difference = slopes[:half] * (y[:half] - y[half:])
        passed = torch.zeros_like(x[:half]).scatter_add(2, where, difference)
        apart = x[:half] - x[half:]
        alike = apart.abs() < _ALIKE
        ratio = torch.where(alike, 0.0, passed / torch.where(alike, 1.0, apart))
        return torch.cat([ratio, torch.zeros_like(ratio)]), None


def _elementwise(function: Callable, x: Tensor, *arguments: Any, **options: Any) -> Tensor:
    options.pop("inplace", None)
    return _Rescaled.apply(x, lambda of: function(of, *arguments, **options))


def _pooled(
    _: Callable,
    x: Tensor,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
    **__: Any,
) -> Tensor:
    options = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    return _PooledMaximum.apply(x, {**options, "dilation": dilation, "ceil_mode": ceil_mode})


_ELEMENTWISE = [
    *(torch.relu, torch.relu_, Tensor.relu, Tensor.relu_, functional.relu, functional.relu6),
    *(torch.exp, Tensor.exp, torch.exp2, Tensor.exp2, torch.expm1, Tensor.expm1),
    *(torch.sigmoid, Tensor.sigmoid, functional.sigmoid, torch.tanh, Tensor.tanh, functional.tanh),
    *(functional.softplus, functional.gelu, functional.silu, functional.elu, functional.selu),
    *(functional.leaky_relu, functional.mish, torch.log, Tensor.log, torch.log1p, Tensor.log1p),
    *(torch.square, Tensor.square, torch.abs, Tensor.abs, torch.sqrt, Tensor.sqrt),
]
RULES: dict[Callable, Callable[..., Tensor]] = dict.fromkeys(_ELEMENTWISE, _elementwise)
RULES |= {functional.max_pool1d: _pooled, torch.max_pool1d: _pooled}
