/** What the workspace's document (ui/workspace.py) loads: it starts the program, or says why it could not. */

import { chosenLanguage, LANGUAGES } from "./words/languages.js";

/**
 * @param {{ document: Document, focus: () => void }} page
 * @param {() => Promise<{ start: (root: Element) => void }>} load
 * @param {{ isLoggedOut?: () => Promise<boolean>, leave?: (address: string) => void }} [ways] to the login
 */
export async function startIn(page, load, { isLoggedOut = askServer, leave = (address) => location.replace(address) } = {}) {
  const root = page.document.querySelector(".workspace-root") ?? page.document.body;
  try {
    const program = await load();
    program.start(root);
  } catch (error) {
    if (await isLoggedOut()) return leave("login"); // the browser's Back shows a document that its owner has left
    // eslint-disable-next-line no-restricted-syntax -- the words are among what may not have loaded
    root.textContent = `The application could not start: ${error instanceof Error ? error.message : error}`;
  }
  page.focus(); // in a frame: keys go to it before the first click
}

/** Whether the server asks for a login. */
async function askServer() {
  try {
    return (await fetch("api/session")).status === 401;
  } catch {
    return false; // it is away, which the text says
  }
}

/** The program, in the language of its person. English comes with it, and is not waited for. */
async function load() {
  const language = chosenLanguage(navigator.languages);
  if (language !== "en") {
    const [{ speak }, { default: words }] = await Promise.all([import("./words/index.js"), LANGUAGES[language]()]);
    speak(language, words);
  }
  return import("./main.js");
}

if (typeof window !== "undefined" && window.document?.querySelector(".workspace-root")) startIn(window, load);
