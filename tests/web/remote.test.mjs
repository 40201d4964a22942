import assert from "node:assert/strict";
import { test } from "node:test";
import { Remote } from "../../explorer/ui/web/remote.js";

/** A panel and the line to its server, with what was asked and what was shown. */
function connected() {
  const line = { seq: 0, send: null, onReady: null, onAnswer: null };
  const sent = [];
  const shown = [];
  const times = [];
  const remote = new Remote(line, 1, (time) => times.push(time));
  const want = async (slot, value) => {
    remote.want(slot, [value], (image) => shown.push(`${slot} ${Math.round(255 * image[0])}`));
    await Promise.resolve(); // the questions of one moment go together
  };
  const connect = () => {
    line.send = ({ seq, latents }) => sent.push({ seq, latents });
    line.onReady();
  };
  const answer = (seq) => line.onAnswer(seq, Uint8Array.from(sent.find((each) => each.seq === seq).latents.flat()));
  return { line, remote, sent, shown, times, want, connect, answer };
}

test("what is wanted at one moment travels together, and waits until somebody carries it", async () => {
  const { sent, shown, times, want, connect, answer } = connected();
  want("origin", 1);
  await want("image", 2);
  assert.deepEqual(sent, []);
  connect();
  assert.deepEqual(sent, [{ seq: 1, latents: [[1], [2]] }]);
  answer(1);
  assert.deepEqual(shown, ["origin 1", "image 2"]);
  assert.equal(times.length, 1);
});

test("two questions at most are on their way, and then the newest value goes", async () => {
  const { sent, shown, want, connect, answer } = connected();
  connect();
  for (const value of [1, 2, 3, 4, 5]) await want("image", value);
  assert.deepEqual(sent.map(({ latents }) => latents[0][0]), [1, 2]);
  answer(1);
  assert.deepEqual(sent.map(({ latents }) => latents[0][0]), [1, 2, 5]);
  answer(2);
  answer(3);
  assert.deepEqual(shown, ["image 1", "image 2", "image 5"]);
});

test("an answer that comes again, or late, is dropped", async () => {
  const { sent, shown, want, connect, answer } = connected();
  connect();
  await want("image", 1);
  await want("image", 2);
  answer(2); // the server skipped the first
  answer(1);
  answer(2);
  assert.deepEqual(shown, ["image 2"]);
  assert.equal(sent.length, 2);
});

test("what only a skipped question asked for is asked again", async () => {
  const { sent, shown, want, connect, answer } = connected();
  connect();
  want("origin", 1);
  await want("image", 2);
  await want("image", 3);
  answer(2);
  assert.deepEqual(sent.at(-1), { seq: 3, latents: [[1]] });
  answer(3);
  assert.deepEqual(shown, ["image 3", "origin 1"]);
});

test("a panel in the place of another does not take the other's answers", async () => {
  const { line, remote, sent, shown, want, connect } = connected();
  connect();
  await want("image", 1);
  remote.close();
  const later = new Remote(line, 1, () => {});
  later.want("image", [9], () => shown.push("later"));
  await Promise.resolve();
  assert.deepEqual(sent.map(({ seq }) => seq), [1, 2]);
  line.onAnswer(1, Uint8Array.of(1));
  assert.deepEqual(shown, []);
  line.onAnswer(2, Uint8Array.of(9));
  assert.deepEqual(shown, ["later"]);
});
