import assert from "node:assert/strict";
import test from "node:test";

import "../support/page.js";
import { around, clock, day, dayAndTime, decimal, enumerated, grouped, listed, sentences, shortMoment, speak, t } from "../../../../ui/static/words/index.js";

const now = new Date("2026-05-03T12:00:00");

test("the page speaks English", () => assert.equal(t("page.help.title"), "Help and appearance"));

test("a day has its year where it is another one", () => {
  assert.deepEqual([day("2026-05-01T08:00:00", now), day("2025-12-31T08:00:00", now)], ["1 May", "31 Dec 2025"]);
  assert.equal(dayAndTime("2026-05-01T08:04:00", { now }), "1 May 08:04");
  assert.equal(dayAndTime("2025-05-01T18:04:05", { now, seconds: true }), "1 May 2025 18:04:05");
});

test("a moment of today is its time alone", () => {
  assert.equal(shortMoment("2026-05-03T08:04:09", { now }), "08:04");
  assert.equal(shortMoment("2026-05-02T08:04:09", { now, seconds: true }), "2 May 08:04:09");
  assert.equal(clock("2026-05-03T23:59:00"), "23:59");
});

test("numbers are rounded as the server rounds them, and nothing is less than nothing", () => {
  assert.deepEqual([decimal(0.845, 2), decimal(0.695, 2), decimal(0.855, 2), decimal(-0, 1), decimal(-1.25, 1)], ["0.84", "0.69", "0.85", "0.0", "-1.3"]);
});

test("numbers and lists", () => {
  assert.deepEqual([decimal(1234.5, 2), decimal(0.45), grouped(1234567)], ["1234.50", "0", "1,234,567"]);
  assert.deepEqual([listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])], ["a", "a and b", "a, b and c"]);
});

test("phrases and sentences are joined, and what there is none of is left out", () => {
  assert.deepEqual([enumerated(["a", false, "b", "", "c"]), enumerated([])], ["a, b, c", ""]);
  assert.equal(sentences(["One.", 0, "Two.", "Three."]), "One. Two. Three.");
  assert.equal(sentences([""]), "");
});

test("a text has two ends around a control", () => {
  assert.deepEqual(around("scores.settings.within", "field", { unit: "px" }), ["surfaces within ", " px"]);
});

test("another language says what it has, and writes numbers and moments its way", () => {
  speak("de", { page: { help: { title: "Hilfe und Aussehen" } } });
  assert.deepEqual([t("page.help.title"), t("page.help.tour")], ["Hilfe und Aussehen", "Guided tour"]);
  assert.deepEqual([decimal(0.5, 2), grouped(1234567), listed(["a", "b"])], ["0,50", "1.234.567", "a und b"]);
  assert.equal(day("2025-12-31T08:00:00", now), "31. Dez. 2025");
  assert.equal(document.documentElement.lang, "de");
});
