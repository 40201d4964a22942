// Decodes away from the page's own thread: gets a net once, then a latent at a time, and sends its image back.
import { buildNet } from "./net.js";

let net = null;

onmessage = ({ data: { layers, tensors, latent } }) => {
  if (layers) {
    net = buildNet(layers, tensors);
    return;
  }
  const image = net.run(latent).slice();
  postMessage(image, [image.buffer]);
};
