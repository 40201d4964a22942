// Decodes code maps away from the page's own thread: gets a decoder once, then a whole map at a time.
import { CodeDecoder, parityOf, reachOf } from "./codedecoder.js";

let decoder = null;

onmessage = ({ data: { parts, side, codes } }) => {
  if (parts) {
    decoder = new CodeDecoder(parts, side);
    postMessage({ parity: parityOf(parts), reach: reachOf(decoder.net, side) });
    return;
  }
  const begin = performance.now();
  const { image, changed } = decoder.follow(codes);
  const copy = image.slice();
  postMessage({ image: copy, changed, milliseconds: performance.now() - begin }, [copy.buffer]);
};
