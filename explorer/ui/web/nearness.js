// How near a draw is to test images, counting each dimension as far as images differ in it. No DOM: node runs it too.
import { Support } from "./support.js";

export class Nearness extends Support {
  /** @param {Object} tensors as of Support; "between" (size,), the weights, and scales of so weighted distances */
  constructor(size, tensors) {
    super(size, {
      ...tensors,
      "scale.radius": tensors["between.radius"],
      "scale.nearest": tensors["between.nearest"],
    });
    this.between = tensors.between.data;
  }

  radius(z) {
    return super.radius(z.map((value, dim) => value * this.between[dim]));
  }

  square(z, index, most) {
    let sum = 0;
    for (let dim = 0, i = index * this.size; dim < this.size && sum <= most; dim++, i++) {
      sum += (this.between[dim] * (z[dim] - this.latents[i])) ** 2;
    }
    return sum;
  }

  /** The percentiles of both distances. */
  percentiles(z) {
    const [{ distance }] = this.nearest(z, 1);
    return [this.percentile("radius", this.radius(z)), this.percentile("nearest", distance)];
  }
}
