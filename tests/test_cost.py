import numpy as np
import pytest

from examples import example, random_direction
from twolayer.checking.cost import count_operations, products, step_costs
from twolayer.curvature.products import hessian_vector_product
from twolayer.network import TwoLayerNet, layers


def test_operations_are_counted_by_hand():
    X, W = np.ones((2, 3)), np.ones((3, 4))
    assert count_operations(np.matmul, X, W) == 2 * 2 * 3 * 4
    assert count_operations(lambda X: (X + 1).sum(axis=0), X) == 6 + 3
    assert count_operations(lambda X: X.T, X) == 0


@pytest.mark.parametrize("sizes", [(6, 5, 7, 3), (1, 5, 7, 3), (4, 1, 2, 2), (32, 20, 16, 10)])
def test_the_costs_are_what_the_code_does(sizes):
    B, D, H, C = sizes
    net, X, y = example(*sizes, l2=0.1)
    costs = step_costs(*sizes)

    def step(X, *params):
        TwoLayerNet(dict(zip(net.params, params, strict=True)), l2=0.1).loss(X, y)

    assert count_operations(step, X, *net.params.values()) == sum(flops for flops, _ in costs.values())
    Z2, (first, kink, second) = net.forward(X)
    assert count_operations(layers.affine_forward, X, net.params["W1"], net.params["b1"]) == costs["Z1"][0]
    assert count_operations(layers.relu_forward, kink) == costs["A1"][0]
    assert count_operations(layers.affine_forward, second[0], net.params["W2"], net.params["b2"]) == costs["Z2"][0]
    assert count_operations(layers.relu_backward, kink, kink) == costs["dZ1"][0]
    gradients = count_operations(lambda dZ: layers.affine_backward(dZ, second, input_gradient=False), Z2)
    assert gradients == costs["dW2"][0] - 2 * H * C + costs["db2"][0]
    shapes = {"W1": (D, H), "Z1": (B, H), "dW2": (H, C), "db2": (C,), "dA1": (B, H)}
    assert all(costs[name][1] == np.prod(shape) for name, shape in shapes.items() if name in costs)


def test_the_products_are_nearly_all_and_a_hessian_vector_product_costs_one_and_a_half_steps():
    sizes = 256, 784, 512, 10
    total = sum(flops for flops, _ in step_costs(*sizes).values())
    assert 1 < total / products(*sizes) < 1.01
    net, X, y = example(*sizes)

    def curvature(X, *params):
        twin = TwoLayerNet(dict(zip(net.params, params, strict=True)))
        hessian_vector_product(twin, X, y, random_direction(net))

    # forward 2 BDH, then R forward and R backward with as much each; no gradient of W1 is needed
    assert count_operations(curvature, X, *net.params.values()) / total == pytest.approx(1.5, abs=0.02)
