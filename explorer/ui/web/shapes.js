// Shapes and tensors as the layers of a net see them: [length] or [channels, height, width].

export const sizeOf = (shape) => shape.reduce((product, length) => product * length, 1);

/** The data of a tensor that has to be there and to have this shape. */
export function tensorOf(tensors, name, shape) {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`There is no tensor ${name}.`);
  if (String(tensor.shape) !== String(shape)) throw new Error(`Tensor ${name} is [${tensor.shape}], not [${shape}].`);
  return tensor.data;
}
