"""Principal axes beside scikit-learn's, and where there are hardly any."""

import numpy as np
from sklearn.decomposition import PCA

from explorer.principal import principal_axes, principal_plane


def test_the_principal_plane_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    latents = (generator.normal(size=(3, 10)) * 4)[np.arange(300) % 3] + generator.normal(size=(300, 10))
    axes, points, share = principal_plane(latents)
    pca = PCA(2).fit(latents)
    np.testing.assert_allclose(np.abs(pca.components_ @ axes), np.eye(2), atol=1e-4)
    np.testing.assert_allclose(share, pca.explained_variance_ratio_, atol=1e-5)
    np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-6)
    np.testing.assert_allclose(points, (latents - latents.mean(0)) @ axes)
    assert (axes[np.abs(axes).argmax(0), [0, 1]] > 0).all()


def test_the_plane_holds_the_largest_variance_and_its_shares():
    rng = np.random.default_rng(1)
    axes = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    points_of_five = (rng.standard_normal((200, 5)) * [9, 3, 0.1, 0.1, 0.1]) @ axes.T + 4
    plane = principal_plane(points_of_five.astype(np.float32))
    variance = plane.points.var(0)
    np.testing.assert_allclose(plane.shares, variance / points_of_five.var(0).sum(), rtol=1e-4)
    assert variance[0] > 5 * variance[1]
    assert sum(plane.shares) > 0.99
    distances = np.linalg.norm(points_of_five[:10, None] - points_of_five[:10], axis=2)
    np.testing.assert_allclose(np.linalg.norm(plane.points[:10, None] - plane.points[:10], axis=2), distances, atol=0.9)


def test_points_of_single_numbers_lie_on_a_line():
    plane = principal_plane(np.array([[0.0], [1.0], [5.0]], np.float32))
    np.testing.assert_allclose(plane.points, [[-2, 0], [-1, 0], [3, 0]], atol=1e-6)
    assert plane.shares.tolist() == [1, 0]


def test_points_that_are_all_alike_have_no_variance_to_share():
    plane = principal_plane(np.ones((4, 3)))
    assert plane.shares.tolist() == [0, 0]
    assert not plane.points.any()


def test_axes_come_by_their_variance_and_point_where_they_are_largest():
    variances, axes = principal_axes(np.diag([1.0, 9.0, 4.0]))
    np.testing.assert_allclose(variances, [9, 4, 1])
    np.testing.assert_allclose(axes, [[0, 1, 0], [0, 0, 1], [1, 0, 0]], atol=1e-12)
