/**
 * Light or dark, as this browser was told; without that, as the system says. Every document loads it before it is drawn,
 * and follows when another one of this site (Gradio's page around the workspace, a second tab) chooses anew.
 */

export const THEMES = /** @type {const} */ (["system", "light", "dark"]);
const KEY = "fewshot-sam:theme";

/** @typedef {typeof THEMES[number]} Theme */

/** @returns {Theme} */
export function chosenTheme() {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch {
    return "system"; // storage is blocked
  }
}

/** @param {Theme} theme for this browser, from now on */
export function chooseTheme(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // storage is blocked: it holds until the page is left
  }
  show(theme);
}

/** @param {Theme} theme */
function show(theme) {
  if (theme === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme);
}

if (typeof window !== "undefined" && window.document?.documentElement) {
  show(chosenTheme());
  addEventListener("storage", ({ key }) => {
    if (key === KEY || key === null) show(chosenTheme());
  });
}
