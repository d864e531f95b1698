/** Rules of ESLint on what the page says: no text outside ui/static/words, and every text gets the values it names. */
import english from "../ui/static/words/en.js";

const text = "/[A-Za-z]{2,}[,.:;!?]? [a-z]/";
const beginning = "/^[A-Z][a-z]+/";
const where = "Put it in ui/static/words/en and say it with t().";
/** What an English text in code looks like: two words, or a capitalised one where texts are given. */
export const noEnglish = [
  `Literal[value=${text}]:not(ThrowStatement Literal)`,
  `TemplateElement[value.raw=${text}]:not(ThrowStatement TemplateElement)`,
  `CallExpression[callee.name=/^(h|menuItem|menuHeading|setText|openDialog)$/] > Literal[value=${beginning}]`,
  `CallExpression[callee.property.name=/^(say|confirm)$/] > Literal[value=${beginning}]`,
  `Property[key.name=/^(text|title|label|name|hint|note|panel)$/] > Literal[value=${beginning}]`,
  `Property[key.value=/^(aria-label|aria-description|placeholder|title)$/] > Literal[value=${beginning}]`,
].map((selector) => ({ selector, message: where }));

/** Texts of a key: one, or one for each number. @param {string} key */
function textsOf(key) {
  const path = key.split(".");
  const name = path.pop();
  const place = path.reduce((each, part) => each?.[part], english);
  return [name, `${name}_one`, `${name}_other`].map((each) => place?.[each]).filter((each) => typeof each === "string");
}

const namesIn = (/** @type {string} */ said) => [...said.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);

/** Keys that a call may say: of `t(condition ? "one" : "other")` both. */
const keysOf = (/** @type {any} */ node) => (node?.type === "ConditionalExpression" ? [node.consequent, node.alternate].flatMap(keysOf) : node?.type === "Literal" ? [node.value] : []);

/** `t("area.text", { name })` gives each {{name}} of the text, and nothing that it does not name. */
export const givenValues = {
  meta: { type: "problem", schema: [] },
  create: (context) => ({
    "CallExpression[callee.name='t']"(node) {
      const [key, values] = node.arguments;
      const keys = keysOf(key);
      const properties = values?.properties ?? [];
      if (!keys.length || (values && values.type !== "ObjectExpression") || properties.some((each) => each.type !== "Property")) return;
      const given = new Set(properties.map((each) => each.key.name ?? each.key.value));
      const wanted = keys.map((each) => new Set(textsOf(each).flatMap(namesIn)));
      keys.forEach((each, at) => {
        for (const name of wanted[at]) if (!given.has(name)) context.report({ node, message: `"${each}" wants {{${name}}}.` });
      });
      for (const name of given) if (name !== "count" && !wanted.some((each) => each.has(name))) context.report({ node, message: `"${keys}" does not name {{${name}}}.` });
    },
  }),
};
