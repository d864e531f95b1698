import assert from "node:assert/strict";
import { test } from "node:test";

import { run, system } from "../support/controllers.js";
import { runDifferences } from "../../../../ui/static/state/run_differences.js";

/** @param {object} patch */
const made = (patch) => run({ slices: 3, source_count: 1, continued: false, choice: { method: "triplanar", encoder: "lite-medsam", encoder_title: "LiteMedSAM", seed: 0 }, ...patch });

test("settings that differ are named with what they are of each", () => {
  const other = made({ slices: 5, choice: { method: "sam_decoder", encoder: "sam-vit-b", encoder_title: "SAM ViT-B", seed: 4 } });
  assert.deepEqual(runDifferences(made({}), other, system()), [
    { name: "Method", first: "Three planes", second: "SAM's decoder" },
    { name: "Encoder", first: "LiteMedSAM", second: "SAM ViT-B" },
    { name: "Seed", first: "0", second: "4" },
    { name: "Painted slices", first: "3", second: "5" },
  ]);
});

test("what a newer server calls a kind or a plane is shown as it is called", () => {
  const other = made({ kind: "refine", plane: "oblique" });
  assert.deepEqual(runDifferences(made({}), other, system()).map(({ second }) => second), ["refine", "oblique"]);
});

test("the same settings are no difference", () => assert.deepEqual(runDifferences(made({}), made({ id: "other" }), system()), []));
