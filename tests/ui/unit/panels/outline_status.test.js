import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { outlineText } from "../../../../ui/static/panels/outline_status.js";
import { proposalWith } from "../support/proposals.js";

/** @import { Proposal } from "../../../../ui/static/state/types.d.ts" */

/** @param {Partial<Proposal> | null} given */
const said = (given, { tool = "box", outlining = false } = {}) => outlineText({ tool, outlining, proposal: given && proposalWith(given) });

test("the bar says what SAM does and what a person can do, while such a tool is chosen", () => {
  assert.equal(said({}, { tool: "brush" }), null);
  assert.deepEqual(said(null), { state: "idle", text: "Drag a box around a structure" });
  assert.deepEqual(said(null, { tool: "point" }), { state: "idle", text: "Click inside a structure" });
  assert.equal(said({}, { outlining: true })?.state, "busy");
  const cells = new Uint8Array([0, 1]);
  assert.equal(said({ cells }, { outlining: true })?.state, "busy");
  assert.equal(said({ cells, state: "answered" })?.state, "ready");
  assert.equal(said({ cells, state: "answered", offered: true })?.state, "offered");
  assert.equal(said({ cells: new Uint8Array(2), state: "answered" })?.state, "empty");
  assert.equal(said({ state: "failed" })?.state, "failed");
});
