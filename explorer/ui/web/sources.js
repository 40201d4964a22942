// What samples are drawn from: the prior, and what was fitted to a model's test images. No DOM: node runs it too.
import { Distribution } from "./distribution.js";

const SOURCES = [
  { name: "prior", option: "Prior", title: () => "The prior N(0, I)" },
  { name: "gaussian", option: "Gaussian", title: () => "A Gaussian fitted to q(z)" },
  { name: "mixture", option: "Mixture", title: (count) => `${count} Gaussians fitted to q(z)` },
];

/** @typedef {{name: string, option: string, title: string, distribution: Distribution}} Source */

/** @param {import("./model.js").Model} model @returns {Source[]} the prior first, the closest to q(z) last */
export function sourcesOf({ size, tensors }) {
  const there = SOURCES.filter(({ name }) => name === "prior" || `${name}.means` in tensors);
  return there.map(({ name, option, title }) => {
    const [weights, means, roots] = ["weights", "means", "roots"].map((part) => tensors[`${name}.${part}`]?.data);
    const distribution = means ? new Distribution(size, weights, means, roots) : Distribution.prior(size);
    return { name, option, title: title(distribution.weights.length), distribution };
  });
}
