import js from "@eslint/js";
import globals from "globals";

import { givenValues, noEnglish } from "./checks/page_words.js";

const rules = {
  "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
  eqeqeq: "error",
  "prefer-const": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-arrow-callback": "error",
  "no-throw-literal": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-alert": "error",
};

// Who may know whom on the page: controllers alone speak with the server, panels read the store and raise intents.
const noClient = { group: ["**/api/client.js"], message: "Only controllers speak with the server." };
const noControllers = { group: ["**/controllers/*"], message: "Take what you need as an argument." };
const noPanels = { group: ["**/panels/*"], message: "Panels are put together in layout.js." };
const storeSet = "CallExpression[callee.property.name='set']:matches([callee.object.name='store'], [callee.object.property.name='store'])";

export default [
  { ignores: ["**/.venv/", "**/node_modules/", "**/*.d.ts", "shared/"] },
  js.configs.recommended,
  { files: ["ui/static/**/*.js", "benchmarks/**/*.js"], languageOptions: { globals: globals.browser }, rules },
  {
    files: ["ui/static/**/*.js"],
    ignores: ["ui/static/controllers/**", "ui/static/main.js", "ui/static/layout.js"],
    rules: { "no-restricted-imports": ["error", { patterns: [noClient, noControllers] }] },
  },
  { files: ["ui/static/controllers/**"], rules: { "no-restricted-imports": ["error", { patterns: [noPanels] }] } },
  { files: ["ui/static/main.js", "ui/static/layout.js"], rules: { "no-restricted-imports": ["error", { patterns: [noClient] }] } },
  {
    files: ["ui/static/**/*.js"],
    ignores: ["ui/static/api/contract.js"], // generated from the server's enums, whose values the server compares and stores
    plugins: { words: { rules: { given: givenValues } } },
    rules: { "no-restricted-syntax": ["error", ...noEnglish], "words/given": "error" },
  },
  {
    files: ["ui/static/panels/**"],
    rules: { "no-restricted-syntax": ["error", ...noEnglish, { selector: storeSet, message: "Panels only read the store; a controller changes it." }] },
  },
  { files: ["tests/ui/**/*.js"], languageOptions: { globals: { ...globals.browser, ...globals.node } }, rules },
  { files: ["eslint.config.js", "checks/*.js"], languageOptions: { globals: globals.node }, rules },
];
