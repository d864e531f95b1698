import assert from "node:assert/strict";
import { test } from "node:test";

import { fake } from "../support/page.js";
import { clamp, formatMl, formatSeconds, h, isTyping, setAttr, setText } from "../../../../ui/static/lib/dom.js";

test("h makes an element with classes, attributes and children", () => {
  const element = fake(h("button.primary.wide", { "data-testid": "x", disabled: true, hidden: false, title: null }, "Text", [h("i"), [" more", 3]], null, false));
  assert.equal(element.tagName, "BUTTON");
  assert.equal(element.className, "primary wide");
  assert.deepEqual([...element.attributes], [["class", "primary wide"], ["data-testid", "x"], ["disabled", ""]]);
  assert.equal(element.textContent, "Text more3");
  assert.equal(element.children.length, 1);
});

test("text never becomes markup", () => {
  assert.deepEqual(fake(h("p", "<b>bold</b>")).children, []);
});

test("keys that start with on are listeners", () => {
  let clicks = 0;
  fake(h("button", { onclick: () => clicks++ })).click();
  assert.equal(clicks, 1);
});

test("the value and the style of an element are properties", () => {
  const element = fake(h("input", { value: "abc", style: { "--size": "3px" } }));
  assert.equal(element.value, "abc");
  assert.equal(element.style.getPropertyValue("--size"), "3px");
});

test("setAttr removes what is false and writes only what differs", () => {
  const element = h("div");
  setAttr(element, "aria-busy", true);
  assert.equal(element.getAttribute("aria-busy"), "");
  setAttr(element, "aria-busy", "true");
  assert.equal(element.getAttribute("aria-busy"), "true");
  setAttr(element, "aria-busy", null);
  assert.equal(element.hasAttribute("aria-busy"), false);
});

test("setText leaves the same text alone", () => {
  const element = h("span", "8");
  const before = element.childNodes[0];
  setText(element, "8");
  assert.equal(element.childNodes[0], before);
  setText(element, "9");
  assert.equal(element.textContent, "9");
});

test("keys in text fields are typing, on sliders and buttons they are not", () => {
  assert.ok(isTyping(h("input", { type: "text" })));
  assert.ok(isTyping(h("textarea")));
  assert.ok(!isTyping(h("input", { type: "range" })));
  assert.ok(!isTyping(h("button")));
  assert.ok(!isTyping(null));
});

test("numbers are kept within bounds", () => {
  assert.deepEqual([-1, 2, 9].map((value) => clamp(value, 0, 5)), [0, 2, 5]);
});

test("seconds are told as people say them", () => {
  assert.deepEqual([0, 8.4, 59.6, 125].map(formatSeconds), ["0 s", "8 s", "1 min 0 s", "2 min 5 s"]);
});

test("millilitres have three significant digits", () => {
  assert.deepEqual([null, 0, 1.234, 12.34, 123.4, 1234.5].map(formatMl), ["", "0 mL", "1.23 mL", "12.3 mL", "123 mL", "1\u2009235 mL"]);
});
