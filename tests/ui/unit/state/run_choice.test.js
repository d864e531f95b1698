import assert from "node:assert/strict";
import { test } from "node:test";

import { choiceRequest, choiceWords, DEFAULT_CHOICE, encoderTitle, encodesAnew, madeWithWords, methodWords, stillOffered } from "../../../../ui/static/state/run_choice.js";
import { system } from "../support/controllers.js";

const PATH = "/models/my sam.pth";

test("only what is not the default is said of a choice", () => {
  assert.deepEqual(choiceWords(DEFAULT_CHOICE, system()), []);
  assert.deepEqual(choiceWords({ method: "sam_decoder", encoder: "sam-vit-b", seed: 3 }, system()), ["SAM's decoder", "SAM ViT-B", "seed 3"]);
  assert.deepEqual(choiceWords({ ...DEFAULT_CHOICE, afresh: true }, system()), ["from scratch"]);
  assert.deepEqual(choiceWords({ method: "triplanar", encoder: "lite-medsam", encoder_title: "LiteMedSAM", seed: 0 }, system()), []);
  assert.deepEqual(choiceWords({ method: "gone", encoder: PATH, seed: 0 }, system()), ["gone", "my sam"]);
  assert.deepEqual([choiceWords(undefined, system()), choiceWords({ ...DEFAULT_CHOICE, seed: 1 }, null)], [[], []]);
});

test("all is said of what a run was made with", () => {
  const made = { method: "triplanar", encoder: "lite-medsam", encoder_title: "LiteMedSAM", seed: 0 };
  assert.equal(madeWithWords(made, system()), "Three planes, LiteMedSAM, seed 0");
  assert.equal(madeWithWords({ ...made, encoder: null, encoder_title: null }, system()), "Three planes, seed 0");
  assert.deepEqual([madeWithWords(made, null), methodWords(made, null)], ["", ""]);
  assert.equal(methodWords(made, system()), "Three planes");
  assert.equal(methodWords({ ...made, encoder: "sam-vit-b", seed: 3 }, system()), "Three planes, SAM ViT-B, seed 3");
});

test("a checkpoint goes by its file's name", () => {
  const titles = [PATH, "C:\\models\\sam.pth", "sam-vit-b"].map((name) => encoderTitle(name, system()));
  assert.deepEqual(titles, ["my sam", "sam", "SAM ViT-B"]);
});

test("a run is asked for what was chosen, and nothing else", () => {
  assert.deepEqual(choiceRequest(DEFAULT_CHOICE), {});
  assert.deepEqual(choiceRequest({ method: "sam_decoder", encoder: PATH, seed: 7, afresh: true }), { method: "sam_decoder", encoder: PATH, seed: 7, afresh: true });
});

test("what the server does not offer any more is not chosen", () => {
  const kept = { method: "sam_decoder", encoder: "sam-vit-b", seed: 2, afresh: true };
  assert.deepEqual(stillOffered(kept, system()), kept);
  assert.deepEqual(stillOffered({ ...DEFAULT_CHOICE, method: "gone", encoder: "gone", seed: 2 }, system()), { ...DEFAULT_CHOICE, seed: 2 });
  assert.equal(stillOffered({ ...kept, encoder: PATH }, system()).encoder, PATH);
  assert.equal(stillOffered({ ...kept, encoder: PATH }, system({ multi_user: true })).encoder, null);
  assert.deepEqual(stillOffered(kept, null), kept);
});

test("another encoder has the slices to encode again", () => {
  assert.deepEqual([null, "sam-vit-b"].map((encoder) => encodesAnew({ runChoice: { ...DEFAULT_CHOICE, encoder } })), [false, true]);
});
